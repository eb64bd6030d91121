"""A second server on this machine that writes down who asks it for anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Beacon:
    """Texts that, where they were read as markup, would make a browser ask this server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests: list[str] = []

    def text(self, field: str) -> str:
        """In all forms of Markdown and HTML that load something by themselves, and as links."""
        url = f"http://127.0.0.1:{self.port}/{field}"
        return (
            f"beacon-{field} ![]({url}.md) <img src={url}.img> <script src={url}.js></script> "
            f"<style>@import '{url}.css'</style> [a]({url}.link) <{url}.auto> {url}.bare "
            f":material/home: :red[c] $x^2$ ![d][r]"
        )

    def name(self, field: str) -> str:
        """The same for places where a text is short."""
        return f"beacon-{field} ![](http://127.0.0.1:{self.port}/{field})"

    def label(self, field: str) -> str:
        """The same for places where no slash can stand: names of files and of folders."""
        return f"beacon-{field} ![](a.png) <img src=a.png> :red[b] *c*"


@contextmanager
def lit_beacon() -> Iterator[Beacon]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            beacon.requests.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    beacon = Beacon(server.server_port)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield beacon
    finally:
        server.shutdown()
        server.server_close()
