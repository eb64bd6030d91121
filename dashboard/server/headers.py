"""What browsers are told of every answer: whose content it is and what it may load."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

START_PAGE = Path(streamlit.__file__).with_name("static") / "index.html"
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
PRIVATE = "/media/"
"""Where Streamlit offers files to save: reports, session files."""


class SecurityHeaders:
    """Adds the headers to each answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on and add to its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(security_headers())
                if PRIVATE in scope["path"]:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)


@cache
def security_headers() -> dict[str, str]:
    """The same for all answers."""
    return {
        "Content-Security-Policy": content_security_policy(),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",  # as frame-ancestors, for browsers that do not know it
    }


def content_security_policy() -> str:
    """From where a page may load: from this server only.

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
