"""`Guard`: asks a child process to read bytes from outside, and survives whatever it does.

The child has a limit of memory and of time, serves one batch, and is replaced after
any death. What it sends back is checked, not trusted.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, BinaryIO

import medmeta_core
from medmeta_core.imaging.guard import protocol
from medmeta_core.imaging.guard.clock import Clock
from medmeta_core.imaging.limits import LIMITS, Limits
from medmeta_core.imaging.refusals import refusal_message, unreadable

START_SECONDS = 60.0


class ForkServer:
    """The process from which children are forked; started when first needed, and again if lost."""

    def __init__(self, *command: str) -> None:
        """`command`: what Python is to run; by default our own fork server."""
        self._command = command or ("-m", "medmeta_core.imaging.guard.fork_server")
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def child(self) -> "Child":
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


class Child:
    """A child process at the other end of a line."""

    def __init__(self, line: socket.socket, handle: int) -> None:
        self.line = line
        self.handle = handle

    def end(self) -> None:
        """Kill it, whatever it is doing."""
        self.line.close()
        try:
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it was dead already
        finally:
            os.close(self.handle)


class Guard:
    """A child for one batch: `with Guard() as guard: guard.ask(…)`.

    Attributes:
        peak_bytes: the most memory that a child which lived to tell ever had resident.
    """

    def __init__(self, fork_server: ForkServer | None = None, *, limits: Limits = LIMITS) -> None:
        self._nursery = fork_server or NURSERY
        self._limits = limits
        self._child: Child | None = None
        self.peak_bytes = 0

    def __enter__(self) -> "Guard":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_child()

    def ask(
        self, verb: str, content: bytes | BinaryIO, *, seconds: float | None = None, **options: Any
    ) -> Iterator[tuple[protocol.Header, bytearray]]:
        """The child's answers about bytes, or about an open file that only the child reads.

        Args:
            seconds: for each answer, see `Clock`; None takes those of the limits.

        Raises:
            UnreadableImageError: the bytes break a rule, or the child died of them.
        """
        child = self._child = self._child or self._nursery.child()
        seconds = seconds or self._limits.seconds
        clocks = {"seconds": seconds, "storing_seconds": self._limits.storing_seconds}
        is_done = False
        try:
            self._request(child, content, options | clocks | {"verb": verb})
            while (answer := self._next_answer(child, seconds)) is not None:
                yield answer
            is_done = True
        except protocol.Late as error:
            raise unreadable("decoder-timeout", limit=seconds) from error
        except (protocol.Broken, OSError) as error:
            raise unreadable("decoder-crashed") from error
        except _Refusal as refusal:
            is_done = refusal.rule != "decoder-memory"
            raise unreadable(refusal.rule, **refusal.facts) from None
        finally:
            if not is_done:
                self._end_child()

    def _request(self, child: Child, content: bytes | BinaryIO, header: protocol.Header) -> None:
        child.line.settimeout(self._limits.seconds)
        if isinstance(content, bytes):
            with _lent(content) as file:
                socket.send_fds(child.line, [b"+"], [file.fileno()])
        else:
            # Opened anew: the child's place in the file is its own, whatever is read here.
            with Path(f"/proc/self/fd/{content.fileno()}").open("rb") as file:
                socket.send_fds(child.line, [b"+"], [file.fileno()])
        protocol.send(child.line, header)

    def _next_answer(
        self, child: Child, seconds: float
    ) -> tuple[protocol.Header, bytearray] | None:
        header, arrays = self._receive(child, seconds)
        if header.get("decoded") is True:  # said once: what follows is our own work
            header, arrays = self._receive(child, self._limits.storing_seconds)
        if isinstance(header.get("resident"), int):
            self.peak_bytes = max(self.peak_bytes, header["resident"])
        if "refused" in header:
            raise _Refusal(header)
        return None if header.get("end") is True else (header, arrays)

    def _receive(self, child: Child, seconds: float) -> tuple[protocol.Header, bytearray]:
        clock = Clock(child.handle, seconds)
        return protocol.receive(child.line, max_bytes=self._limits.memory_bytes, clock=clock)

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


def _lent(content: bytes) -> BinaryIO:
    """The bytes as a file without a name."""
    lent = os.fdopen(os.memfd_create("upload"), "wb+")
    lent.write(content)
    lent.seek(0)
    return lent


class _Refusal(Exception):  # noqa: N818 (the child's answer, on its way to an error of ours)
    def __init__(self, header: protocol.Header) -> None:
        super().__init__()
        try:
            self.rule, self.facts = header["refused"], header["facts"]
            refusal_message(self.rule, self.facts)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise protocol.Broken from error


def _fork(control: socket.socket) -> Child:
    """A child of the fork server at the other end of `control`."""
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(control, [b"+"], [theirs.fileno()])
    ours.settimeout(START_SECONDS)
    _, handles, _, _ = socket.recv_fds(ours, 1, 1)
    if not handles:
        ours.close()
        raise protocol.Broken
    return Child(ours, handles[0])


def _start(command: Sequence[str]) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Our end of the line to a new fork server, and the fork server."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    home = str(Path(medmeta_core.__file__).parents[1])
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", *command, str(theirs.fileno())],
            env=_environment(home),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # decoders' warnings may name a patient
            start_new_session=True,
        )
    return ours, process


def _environment(home: str) -> dict[str, str]:
    """Where to find the code, and nothing secret of the page's process."""
    kept = ("PATH", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONPATH": home,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


NURSERY = ForkServer()
atexit.register(NURSERY.close)
