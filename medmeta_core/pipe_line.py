"""A process of our own that runs Python, at the other end of two pipes: the same on each system.

`multiprocessing` would run the page's script again under Streamlit, and a socket can be handed to
a child on some systems only. A `PipeLine` is used like a socket: `sendall`, `settimeout`,
`recv_into`.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from io import FileIO
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Thread
from typing import Any

import medmeta_core

PIECE_BYTES = 2**16
N_WAITING = 64
"""Pieces that may wait to be taken; then the other side has to wait."""

PATIENCE_SECONDS = 0.2
"""After so long a reader whose pieces nobody takes looks whether the line was closed."""

KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "TZ", "TMPDIR")
KEPT_ON_WINDOWS = ("SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP", "NUMBER_OF_PROCESSORS")
"""Variables without which Python or its libraries do not start; nothing that holds a secret."""


class PipeLine:
    """Two pipes to another process.

    Args:
        when_ended: called when the other side is gone.
    """

    def __init__(
        self, incoming: FileIO, outgoing: FileIO, when_ended: Callable[[], object] | None = None
    ) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._pieces: Queue[bytes] = Queue(N_WAITING)
        self._rest = memoryview(b"")
        self._timeout: float | None = None
        self._is_closed = self._is_at_end = False
        self._when_ended = when_ended
        Thread(target=self._read, daemon=True).start()

    def settimeout(self, seconds: float | None) -> None:
        """How long `recv_into` waits for a byte; None for as long as it takes."""
        self._timeout = seconds

    def sendall(self, content: bytes | memoryview) -> None:
        """Send all bytes.

        Raises:
            OSError: the other side is gone.
        """
        rest = memoryview(content).cast("B")
        while rest:
            rest = rest[self._outgoing.write(rest[:PIECE_BYTES]) :]

    def recv_into(self, room: memoryview) -> int:
        """How many bytes came, at least one; 0 where the other side is gone.

        Raises:
            TimeoutError: none came in time.
        """
        if not self._has_piece(self._timeout):
            raise TimeoutError
        n = min(len(room), len(self._rest))
        room[:n] = self._rest[:n]
        self._rest = self._rest[n:]
        return n

    def poll(self, seconds: float) -> bool:
        """Whether a byte comes, or the other side goes, within these seconds."""
        return self._has_piece(seconds)

    def close(self) -> None:
        """Let go of both pipes."""
        self._is_closed = True
        self._outgoing.close()

    def _has_piece(self, timeout: float | None) -> bool:
        if not self._rest and not self._is_at_end:
            try:
                self._rest = memoryview(self._pieces.get(timeout=timeout))
            except Empty:
                return False
            self._is_at_end = not self._rest
        return True

    def _read(self) -> None:
        with self._incoming:
            piece = b"."
            while piece:
                try:
                    piece = self._incoming.read(PIECE_BYTES) or b""
                except OSError:
                    piece = b""
                if not self._put(piece):
                    return
        if self._when_ended is not None:
            self._when_ended()

    def _put(self, piece: bytes) -> bool:
        """Whether the piece waits to be taken now; False once the line is closed."""
        while not self._is_closed:
            try:
                self._pieces.put(piece, timeout=PATIENCE_SECONDS)
            except Full:
                continue
            return True
        return False


def send_object(line: PipeLine, content: object) -> None:
    """Send anything that pickles, to a process of our own that is handed nothing from outside.

    Raises:
        OSError: the other side is gone.
    """
    pickled = pickle.dumps(content)
    line.sendall(len(pickled).to_bytes(8, "big") + pickled)


def receive_object(line: PipeLine) -> Any:
    """What the other side sent.

    Raises:
        EOFError: it is gone.
    """
    return pickle.loads(_taken(line, int.from_bytes(_taken(line, 8), "big")))  # noqa: S301


def _taken(line: PipeLine, n_bytes: int) -> bytearray:
    taken = bytearray(n_bytes)
    rest = memoryview(taken)
    while rest:
        n = line.recv_into(rest)
        if n == 0:
            raise EOFError
        rest = rest[n:]
    return taken


def run_python(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], PipeLine]:
    """A process that runs `python ARGUMENTS`, and the line to it (`line_to_parent` there).

    What it prints is dropped: decoders' warnings may name a patient.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", *arguments],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    incoming = FileIO(os.dup(process.stdout.fileno()), "r")  # type: ignore[union-attr]
    outgoing = FileIO(os.dup(process.stdin.fileno()), "w")  # type: ignore[union-attr]
    for pipe in (process.stdout, process.stdin):
        pipe.close()  # type: ignore[union-attr]
    return process, PipeLine(incoming, outgoing)


def line_to_parent() -> PipeLine:
    """The line of a process that `run_python` started; the process ends when its parent does."""
    incoming, outgoing = FileIO(os.dup(0), "r"), FileIO(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)  # what a library prints does not get into the line
    return PipeLine(incoming, outgoing, when_ended=lambda: os._exit(0))


def environment_for(*further: str, **fixed: str) -> dict[str, str]:
    """Where to find the code, one thread, and of this process's variables only those needed."""
    inherited = (*KEPT, *KEPT_ON_WINDOWS, *further)
    return {name: os.environ[name] for name in inherited if name in os.environ} | {
        "PYTHONPATH": str(Path(medmeta_core.__file__).parents[1]),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        **fixed,
    }
