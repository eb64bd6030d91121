"""A server of weights on this machine, and weights under torchvision's own names."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import torch
from torch import nn

from medmeta_core.embedding.torchvision_bodies import WHOLE_NETWORKS


@torch.no_grad()
def random_network(architecture: str, *, seed: int = 0) -> nn.Module:
    """A whole network of torchvision with random weights; its batch norms have seen pictures."""
    torch.manual_seed(seed)
    whole = WHOLE_NETWORKS[architecture].build()
    norms = [module for module in whole.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    if norms:
        whole(torch.rand(4, 3, 64, 64))
    return whole.eval()


def pickled(state: object) -> bytes:
    """What torch.save writes."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


@contextmanager
def served(content: bytes, *, announced: int | None = None, status: int = 200) -> Iterator[str]:
    """The address of a server on this machine that answers every request with `content`.

    Args:
        announced: the Content-Length that it states; None for the true one.
    """

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(announced or len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
