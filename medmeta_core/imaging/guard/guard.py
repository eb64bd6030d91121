"""`Guard`: asks a child process to read bytes from outside, and survives whatever it does.

The child has a limit of memory and of time, serves one batch, and is replaced after any death. What
it sends back is checked, not trusted. On Linux children are forked and bounded by the kernel
(`forked_children`), elsewhere they are spawned and watched (`spawned_children`).
"""

import atexit
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO

from medmeta_core.imaging.guard import protocol
from medmeta_core.imaging.guard.children import Child, Children
from medmeta_core.imaging.guard.clock import Clock
from medmeta_core.imaging.limits import LIMITS, Limits
from medmeta_core.imaging.refusals import refusal_message, unreadable
from medmeta_core.operating_system import HAS_FORK_SERVER


class Guard:
    """A child for one batch: `with Guard() as guard: guard.ask(…)`.

    Attributes:
        peak_bytes: the most memory that a child which lived to tell ever had resident.
    """

    def __init__(self, children: Children | None = None, *, limits: Limits = LIMITS) -> None:
        self._children = children or CHILDREN
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
        seconds = seconds or self._limits.seconds
        clocks = {"seconds": seconds, "storing_seconds": self._limits.storing_seconds}
        is_done = False
        child: Child | None = None
        try:
            child = self._child = self._child or self._children.child()
            self._request(child, content, options | clocks | {"verb": verb})
            while (answer := self._next_answer(child, seconds)) is not None:
                yield answer
            is_done = True
        except protocol.Late as error:
            raise unreadable("decoder-timeout", limit=seconds) from error
        except (protocol.Broken, OSError) as error:
            if child is not None and child.is_too_large:
                limit = self._limits.memory_bytes >> 20
                raise unreadable("decoder-memory", limit=limit) from error
            raise unreadable("decoder-crashed") from error
        except _Refusal as refusal:
            is_done = refusal.rule != "decoder-memory"
            raise unreadable(refusal.rule, **refusal.facts) from None
        finally:
            if not is_done:
                self._end_child()

    def _request(self, child: Child, content: bytes | BinaryIO, header: protocol.Header) -> None:
        child.line.settimeout(self._limits.seconds)
        protocol.send(child.line, header | child.lend(content))

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
        clock = Clock(child.used_seconds, seconds)
        return protocol.receive(child.line, max_bytes=self._limits.memory_bytes, clock=clock)

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _Refusal(Exception):  # noqa: N818 (the child's answer, on its way to an error of ours)
    def __init__(self, header: protocol.Header) -> None:
        super().__init__()
        try:
            self.rule, self.facts = header["refused"], header["facts"]
            refusal_message(self.rule, self.facts)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise protocol.Broken from error


def _children() -> Children:
    if HAS_FORK_SERVER:
        from medmeta_core.imaging.guard.forked_children import ForkServer

        return ForkServer()
    from medmeta_core.imaging.guard.spawned_children import SpawnServer

    return SpawnServer()


CHILDREN = _children()
"""Where children come from on this system."""

atexit.register(CHILDREN.close)
