"""A dashboard server of its own, with a home of its own, for the browser tests."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60


class RunningServer:
    """`streamlit run dashboard/app.py` on a free port of this machine."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = _free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, on the same port as before, and wait until pages are served."""
        self.home.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py"]
        options = ["--server.port", str(self.port), "--server.headless", "true"]
        environment = {**os.environ, "MEDMETA_HOME": str(self.home), "OMP_WAIT_POLICY": "PASSIVE"}
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *options], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        self._wait_until_healthy()

    def stop(self) -> None:
        """End it as an operating system would that shuts down."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """kill -9: no time to save anything."""
        self.process.kill()
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
