"""Messages between the page's process and a child: a JSON header, then raw arrays.

Nothing is unpickled: what a child sends may have been written by a hostile file.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Protocol

from medmeta_core.imaging.guard.clock import Clock

Header = dict[str, Any]
Answer = tuple[Header, tuple[memoryview, ...]]
Verb = Callable[[BinaryIO, Header], Iterator[Answer]]
"""Answers to a request: (bytes from outside, the request's header)."""


class Line(Protocol):
    """What a socket and a `PipeLine` have in common.

    Contract:
        recv_into returns 0 where the other side is gone, and raises TimeoutError where nothing
        comes in the time set; else it raises nothing but OSError.
    """

    def settimeout(self, value: float | None, /) -> None:
        """How long `recv_into` waits."""

    def sendall(self, data: bytes | memoryview, /) -> None:
        """Send all bytes."""

    def recv_into(self, buffer: memoryview, /) -> int:
        """Put what came into the buffer; how many bytes."""


MAX_HEADER_BYTES = 2**20
SHORTEST_WAIT = 0.01


class Broken(Exception):  # noqa: N818 (distinguished by its two children)
    """The other side is gone or does not keep to the form."""


class Late(Broken):
    """The other side did not answer in time."""


def send(line: Line, header: Header, *arrays: memoryview) -> None:
    """One message; the receiver learns the arrays' sizes from the header."""
    text = json.dumps(header | {"sizes": [array.nbytes for array in arrays]}).encode()
    line.sendall(len(text).to_bytes(4, "big") + text)
    for array in arrays:
        line.sendall(array)


def receive(line: Line, *, max_bytes: int, clock: Clock | None = None) -> tuple[Header, bytearray]:
    """(header, all arrays in one piece) of the next message.

    Args:
        max_bytes: of all arrays together.
        clock: None waits for as long as it takes.

    Raises:
        Late: the time is up.
        Broken: the line ended, or what came is no message.
    """
    n_header = int.from_bytes(_take(line, 4, clock), "big")
    if n_header > MAX_HEADER_BYTES:
        raise Broken
    try:
        header = json.loads(_take(line, n_header, clock))
        n_bytes = sum(size for size in header["sizes"] if size > 0)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Broken from error
    if not isinstance(n_bytes, int) or n_bytes > max_bytes:
        raise Broken
    return header, _take(line, n_bytes, clock)


def _take(line: Line, n_bytes: int, clock: Clock | None) -> bytearray:
    taken = bytearray(n_bytes)
    rest = memoryview(taken)
    while rest:
        line.settimeout(None if clock is None else _patience(clock))
        try:
            n = line.recv_into(rest)
        except TimeoutError:
            continue  # the clock is asked again: the child may have had no processor
        except OSError as error:
            raise Broken from error
        if n == 0:
            raise Broken
        rest = rest[n:]
    return taken


def _patience(clock: Clock) -> float:
    remaining = clock.remaining_s()
    if remaining == 0:
        raise Late
    return max(remaining, SHORTEST_WAIT)
