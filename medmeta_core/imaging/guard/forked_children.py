"""Children forked by a server that has every decoder loaded, within hard limits. Linux only."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from medmeta_core.imaging.guard import protocol
from medmeta_core.imaging.guard.children import START_SECONDS
from medmeta_core.operating_system import open_again
from medmeta_core.pipe_line import environment_for

if sys.platform != "linux":
    raise ImportError("children are forked on Linux only")

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class ForkServer:
    """The process from which children are forked; started when first needed, and again if lost."""

    def __init__(self, *command: str) -> None:
        """`command`: what Python is to run; by default our own fork server."""
        self._command = command or ("-m", "medmeta_core.imaging.guard.fork_server")
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def child(self) -> "ForkedChild":
        """A fresh child that has seen no bytes."""
        control = self._running()
        try:
            return _fork(control)
        except (OSError, protocol.Broken):
            self._give_up(control)  # the fork server was lost: a new one, once
            return _fork(self._running())

    def start(self) -> None:
        """Start the process, without waiting until it is ready."""
        self._running()

    def close(self) -> None:
        """End the process, and with it its children."""
        self._give_up(self._control)

    def _running(self) -> socket.socket:
        """Our end of the line to the process, started if need be."""
        with self._lock:
            if self._control is None:
                self._control, self._process = _start(self._command)
            return self._control

    def _give_up(self, control: socket.socket | None) -> None:
        with self._lock:
            if self._control is not control or self._process is None:
                return  # another thread was faster
            self._process.kill()
            self._process.wait()
            self._control = self._process = None


class ForkedChild:
    """A child process at the other end of a socket; the kernel bounds its memory.

    Attributes:
        handle: a pidfd.
    """

    is_too_large = False
    """It is told by the kernel that there is no more, and says so itself."""

    def __init__(self, line: socket.socket, handle: int) -> None:
        self.line = line
        self.handle = handle
        self._stat = _stat_of(handle)

    def lend(self, content: bytes | BinaryIO) -> protocol.Header:
        """Send a descriptor; an open file is reopened: the child's place in it is its own."""
        with (
            _in_memory_file(content) if isinstance(content, bytes) else open_again(content) as file
        ):
            socket.send_fds(self.line, [b"+"], [file.fileno()])
        return {}

    def used_seconds(self) -> float:
        """Processor time so far (utime and stime of proc(5)); 0 where the child is gone."""
        try:
            fields = self._stat.read_text().rpartition(") ")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def end(self) -> None:
        """Kill it, whatever it is doing."""
        self.line.close()
        try:
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it was dead already
        finally:
            os.close(self.handle)


def _in_memory_file(content: bytes) -> BinaryIO:
    """The bytes as a file without a name."""
    readable = os.fdopen(os.memfd_create("upload"), "wb+")
    readable.write(content)
    readable.seek(0)
    return readable


def _stat_of(handle: int) -> Path:
    """Where the kernel tells of the process behind a pidfd."""
    for line in Path(f"/proc/self/fdinfo/{handle}").read_text().splitlines():
        if line.startswith("Pid:"):
            return Path(f"/proc/{line.split()[1]}/stat")
    return Path("/proc/0/stat")


def _fork(control: socket.socket) -> ForkedChild:
    """A child of the fork server at the other end of `control`."""
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(control, [b"+"], [theirs.fileno()])
    ours.settimeout(START_SECONDS)
    _, handles, _, _ = socket.recv_fds(ours, 1, 1)
    if not handles:
        ours.close()
        raise protocol.Broken
    return ForkedChild(ours, handles[0])


def _start(command: Sequence[str]) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Our end of the line to a new fork server, and the fork server."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", *command, str(theirs.fileno())],
            env=environment_for(),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # decoders' warnings may name a patient
            start_new_session=True,
        )
    return ours, process
