"""A dashboard server of its own, with a home of its own, for the browser tests."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60

BY_STREAMLIT = (sys.executable, "-m", "streamlit", "run", "dashboard/app.py")
"""The plain way; also what `RunningServer` uses unless told otherwise."""


class RunningServer:
    """The dashboard on a free port of this machine.

    Args:
        command: what starts it; the port is added.
        options: what else is added.
        settings: environment variables beside those of this process.
    """

    def __init__(
        self,
        home: Path,
        command: Sequence[str] = BY_STREAMLIT,
        *,
        options: Sequence[str] = ("--server.headless", "true", "--server.port"),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        self.port = free_port()
        self._command = [*command, *options, str(self.port)]
        self._settings = settings or {}
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, is_awaited: bool = True) -> None:
        """Start, on the same port as before, and wait until pages are served."""
        self.home.mkdir(parents=True, exist_ok=True)
        environment = {"MEDMETA_HOME": str(self.home), "OMP_WAIT_POLICY": "PASSIVE"}
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={**os.environ, **environment, **self._settings},
                stdout=log,
                stderr=log,
                start_new_session=True,  # `make` hands no signal on to what it started
            )
        if is_awaited:
            self._wait_until_healthy()

    def stop(self) -> None:
        """End it as an operating system would that shuts down."""
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """kill -9: no time to save anything."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def log(self) -> str:
        return (self.home / "server.log").read_text("utf-8", errors="replace")

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        self.process.kill()
        raise RuntimeError(f"The server did not answer.\n{self.log()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
