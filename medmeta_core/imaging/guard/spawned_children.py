"""Children that are spawned and watched, for systems without the means of Linux.

Each is an interpreter of its own, started ahead so that it waits with its decoders loaded. Nothing
bounds its memory beforehand: it is looked at every few milliseconds, and a child that has too much
is killed. Bytes reach it by a file in a private folder for temporary files.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from time import sleep
from typing import BinaryIO

import psutil

from medmeta_core.imaging.guard import protocol
from medmeta_core.imaging.guard.children import START_SECONDS
from medmeta_core.imaging.guard.clock import PATIENCE, Clock
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.operating_system import name_of, open_again
from medmeta_core.pipe_line import PipeLine, environment_for, run_python

LOOK_SECONDS = 0.01
"""How often the memory of a child is looked at. Two looks apart, decoders fill about 50 MB."""

SPARE_BYTES = 256 * 2**20
"""Memory that a child with all decoders loaded has resident before it has seen a byte."""


class SpawnServer:
    """Starts children ahead: one waits while others are at work."""

    def __init__(self, *command: str) -> None:
        """`command`: what Python is to run; by default our own child."""
        self._command = command or ("-m", "medmeta_core.imaging.guard.spawned_child")
        self._waiting: list[SpawnedChild] = []
        self._lock = Lock()

    def child(self) -> "SpawnedChild":
        """A fresh child that has seen no bytes."""
        with self._lock:
            waiting = self._waiting.pop() if self._waiting else None
        child = waiting and _greeted(waiting)  # it may have died while it waited
        child = child or _greeted(SpawnedChild(self._command))
        if child is None:
            raise OSError("a child did not start")
        self.start()
        return child

    def start(self) -> None:
        """Start the next child, without waiting until it is ready."""
        with self._lock:
            if not self._waiting:
                self._waiting.append(SpawnedChild(self._command))

    def close(self) -> None:
        """End the child that waits."""
        with self._lock:
            while self._waiting:
                self._waiting.pop().end()


def _greeted(child: "SpawnedChild") -> "SpawnedChild | None":
    """The child once it is ready; None where it does not come to be."""
    try:
        child.greet()
    except protocol.Broken:
        child.end()
        return None
    return child


class SpawnedChild:
    """A child process at the other end of two pipes.

    Attributes:
        is_too_large: whether it was killed because it took too much memory.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self.is_too_large = False
        self.line: PipeLine
        self._launched: subprocess.Popen[bytes]
        self._launched, self.line = run_python(command, environment_for())
        self._process: psutil.Process | None = None
        self._folder: Path | None = None

    def greet(self) -> None:
        """Wait until it is ready, and watch it from then on.

        Raises:
            protocol.Broken: it does not come to be ready.
        """
        clock = Clock(lambda: 0.0, START_SECONDS / PATIENCE)
        greeting, _ = protocol.receive(self.line, max_bytes=0, clock=clock)
        try:
            # On Windows what was started may be a launcher: the interpreter is its child.
            self._process = psutil.Process(greeting["pid"])
        except (psutil.Error, KeyError, TypeError, ValueError) as error:
            raise protocol.Broken from error
        Thread(target=self._watch, args=(self._process,), daemon=True).start()

    def lend(self, content: bytes | BinaryIO) -> protocol.Header:
        """The path of the bytes: that of the file, or of a copy that nobody else may read."""
        path = None if isinstance(content, bytes) else name_of(content)
        return {"path": str(path or self._copy(content))}

    def used_seconds(self) -> float:
        """Processor time that it has used; 0 where it is gone."""
        if self._process is None:
            return 0.0
        try:
            times = self._process.cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)

    def end(self) -> None:
        """Kill it, whatever it is doing, and delete what it was lent."""
        with suppress(psutil.Error, OSError):
            if self._process is not None:
                self._process.kill()
        self._launched.kill()
        self._launched.wait()
        self.line.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _copy(self, content: bytes | BinaryIO) -> Path:
        """A file with the bytes, which takes the place of the one lent before."""
        self._folder = self._folder or Path(tempfile.mkdtemp(prefix="medmeta-"))
        path = self._folder / "upload"
        with path.open("wb") as copy:
            if isinstance(content, bytes):
                copy.write(content)
            else:
                with open_again(content) as file:
                    shutil.copyfileobj(file, copy)
        return path

    def _watch(self, process: psutil.Process) -> None:
        with suppress(psutil.Error):
            while process.memory_info().rss <= LIMITS.memory_bytes + SPARE_BYTES:
                sleep(LOOK_SECONDS)
            self.is_too_large = True
            process.kill()
