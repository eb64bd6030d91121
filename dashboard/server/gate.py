"""Who may speak to this server: pages that it has served itself, under one of its own names.

A browser lets any web page send requests to 127.0.0.1. What tells them apart is the Origin that
the browser adds to them and no page can change (https://fetch.spec.whatwg.org/#origin-header),
and the Host, which is the page's own name where that name was bent to 127.0.0.1 (rebinding).
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from streamlit import config
from streamlit.web.server.server_util import is_allowed_origin
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

CORE = "/_stcore/"
OPEN = ("health", "host-config", "stream", "upload_file/", "bidi-components/")
"""What the pages need of Streamlit's own addresses; metrics and what is new there stay closed."""

READING = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing: browsers leave the Origin out where such a request is the page's."""


class Gate:
    """Refuses what does not come from a page of this server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand an allowed request on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif scope["type"] == "http" and not is_open(scope["path"]):
            await PlainTextResponse("Not found.", 404)(scope, receive, send)
        elif may_speak(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()  # the request to connect
            await WebSocketClose(1008, "Not from a page of this server.")(scope, receive, send)
        else:
            await PlainTextResponse("Not from a page of this server.", 403)(scope, receive, send)


def is_open(path: str) -> bool:
    """Whether an address is served at all."""
    base = config.get_option("server.baseUrlPath").strip("/")
    below = path.removeprefix(f"/{base}") if base else path
    return not below.startswith(CORE) or below.removeprefix(CORE).startswith(OPEN)


def may_speak(scope: Scope) -> bool:
    """Whether a request bears a name of this server and comes from a page of it."""
    headers = Headers(scope=scope)
    host, origin = headers.get("host"), headers.get("origin")
    if not is_host_allowed(host):
        return False
    if origin is not None:
        return _is_same_origin(origin, host) or is_allowed_origin(origin)
    if scope["type"] == "websocket" or scope["method"] not in READING:
        return False  # browsers name the origin of these always
    return _is_same_origin_read(headers)


def _is_same_origin(origin: str, host: str | None) -> bool:
    """Whether an origin is the address under which this very request was sent, port included."""
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and origin == f"{parts.scheme}://{host}"


def _is_same_origin_read(headers: Headers) -> bool:
    """Whether no other site reads: it may lead a visitor here, but not embed or load from here.

    Programs without a browser send no such header.
    """
    site = headers.get("sec-fetch-site", "same-origin")
    if site in ("same-origin", "none"):
        return True
    return (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == (
        "navigate",
        "document",
    )
