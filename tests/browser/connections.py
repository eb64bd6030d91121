"""Every connection that a server tries to open, as its own interpreter reports it.

Two witnesses: Python's audit events (PEP 578), which no library can go round in Python, and a
proxy that stands in for the way out and writes down what it is asked for.
"""

import socket
from pathlib import Path
from threading import Thread

HOOK = """
import os, sys

def note(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        target = args[0] if event.startswith("socket.get") else args[1]
        if not isinstance(target, (str, bytes)) or event.startswith("socket.get"):
            with open(os.environ["NOTED_CONNECTIONS"], "a") as file:
                print(event, target, file=file)

if "NOTED_CONNECTIONS" in os.environ:
    sys.addaudithook(note)
"""


class Connections:
    """Notes what a server that is started with `settings` tries to reach."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sitecustomize.py").write_text(HOOK)
        self._noted = folder / "connections.txt"
        self._noted.touch()
        self._proxy = socket.create_server(("127.0.0.1", 0))
        self.asked_of_proxy: list[bytes] = []
        proxy = f"http://127.0.0.1:{self._proxy.getsockname()[1]}"
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        self.settings = {
            **dict.fromkeys(names, proxy),
            "no_proxy": "",
            "PYTHONPATH": str(folder),
            "NOTED_CONNECTIONS": str(self._noted),
        }
        Thread(target=self._serve, daemon=True).start()

    @property
    def tried(self) -> list[str]:
        return self._noted.read_text().splitlines()

    def close(self) -> None:
        self._proxy.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._proxy.accept()
            except OSError:
                return
            with line:
                self.asked_of_proxy.append(line.recv(300))
