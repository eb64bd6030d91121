"""Security headers of every response: its type and what it may load."""

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

START_PAGE = Path(streamlit.__file__).with_name("static") / "index.html"
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
PRIVATE = "/media/"
"""Where Streamlit offers files to save: reports, session files."""


class SecurityHeaders:
    """Adds the headers to each answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on and add to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = _allowed_host(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(security_headers(host))
                if PRIVATE in scope["path"]:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _allowed_host(scope: Scope) -> str | None:
    """The name and port under which the server was asked, if it is one of its own."""
    host = Headers(scope=scope).get("host")
    return host if is_host_allowed(host) and HOST.fullmatch(host or "") else None


@lru_cache(maxsize=16)
def security_headers(host: str | None) -> dict[str, str]:
    """The same for all answers under one of the server's names."""
    return {
        "Content-Security-Policy": content_security_policy(host),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",  # as frame-ancestors, for browsers that do not know it
    }


def content_security_policy(host: str | None) -> str:
    """From where a page may load: from this server only.

    Not every browser counts the websocket of the same server as its own, so it is named.
    Streamlit imports the scripts of our components from `blob:`, its libraries write styles
    into the page, and the preview of a report is a `data:` page, which inherits all this.
    """
    digests = (sha256(text.encode()).digest() for text in _inline_scripts())
    own_scripts = " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)
    rules = {
        "default-src": "'self'",
        "script-src": f"'self' blob: {own_scripts}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "connect-src": f"'self' ws://{host} wss://{host}" if host else "'self'",
        "font-src": "'self' data:",
        "media-src": "'self' data: blob:",
        "worker-src": "'self' blob:",
        "frame-src": "'self' data: blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def _inline_scripts() -> list[str]:
    """Those of Streamlit's own start page."""
    return INLINE_SCRIPT.findall(START_PAGE.read_text(encoding="utf-8"))
