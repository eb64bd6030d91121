"""How far work has come, and whether it is to stop.

The steps deep inside a method know neither the screen nor the job that they belong to: they call
`check_stopped`, or `report` how much of their own part is done. Whoever calls them says by
`listening` and `part` where on the whole that part lies.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

Progress = Callable[[float, str], None]
"""Called with the fraction done in [0, 1] and a short label; may raise `errors.Stopped`."""


class Watch(Protocol):
    """Who may stop the work of this thread.

    Contract:
        check raises `errors.Stopped` where the work is to stop.
        begin_keeping does so too; after it the work can no longer be stopped.
    """

    def check(self) -> None:
        """Raise `errors.Stopped` where the work is to stop."""

    def begin_keeping(self) -> None:
        """The same for the last time."""


_watch: ContextVar[Watch | None] = ContextVar("medmeta_watch", default=None)
_listener: ContextVar[Callable[[float], None] | None] = ContextVar("medmeta_listener", default=None)


def silent(fraction: float, label: str) -> None:
    """A progress listener that does not listen."""


@contextmanager
def watched_by(watch: Watch) -> Iterator[None]:
    """What runs inside, in this thread, stops when `watch` says so."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def check_stopped() -> None:
    """Called in every step of long work: raises `errors.Stopped` where it is to stop."""
    watch = _watch.get()
    if watch is not None:
        watch.check()


def begin_keeping() -> None:
    """Called before work keeps what it made, in a store or on a disk: now or never to stop.

    Raises:
        Stopped: nothing is to be kept. Where it does not, whoever asks to stop comes too late.
    """
    watch = _watch.get()
    if watch is not None:
        watch.begin_keeping()


def report(fraction: float) -> None:
    """Say how much of the present part is done, in [0, 1]; raises `errors.Stopped` too."""
    check_stopped()
    listener = _listener.get()
    if listener is not None:
        listener(fraction)


@contextmanager
def listening(
    progress: Progress, label: str, *, start: float = 0.0, end: float = 1.0
) -> Iterator[None]:
    """What is reported inside moves `progress` from `start` to `end`, and never back.

    Never around a `yield` of a generator: its caller would report in its place.
    """
    reached = start

    def tell(fraction: float) -> None:
        nonlocal reached
        reached = max(reached, start + (end - start) * min(fraction, 1.0))
        progress(reached, label)

    tell(0.0)
    with _listening_with(tell):
        yield


@contextmanager
def part(number: int, of: int) -> Iterator[None]:
    """What is reported inside is the part with this number, from 0, of so many equal ones.

    >>> def double_step():
    ...     for k in range(2):
    ...         with part(k, 2):
    ...             report(0.5)
    >>> with listening(lambda fraction, label: print(label, fraction), "step"):
    ...     double_step()
    step 0.0
    step 0.25
    step 0.75
    """
    outer = _listener.get()
    if outer is None:
        yield
        return
    with _listening_with(lambda fraction: outer((number + fraction) / of)):
        yield


@contextmanager
def _listening_with(listener: Callable[[float], None]) -> Iterator[None]:
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
