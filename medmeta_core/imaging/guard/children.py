"""What a guard needs of child processes, whichever way a system makes them."""

from typing import BinaryIO, Protocol

from medmeta_core.imaging.guard import protocol

START_SECONDS = 60.0
"""How long a child may take to greet."""


class Child(Protocol):
    """A child process that has been handed no bytes but those of one batch.

    Attributes:
        line: to the child, which answers there.
        is_too_large: whether it was ended because of its memory.
    """

    @property
    def line(self) -> protocol.Line:
        """The line to the child, which answers there."""

    @property
    def is_too_large(self) -> bool:
        """Whether it was ended because it took too much memory."""

    def lend(self, content: bytes | BinaryIO) -> protocol.Header:
        """Hand bytes or an open file over; what the request has to say of it.

        Raises:
            OSError: the child is gone, or the disk refuses.
        """

    def used_seconds(self) -> float:
        """Processor time that it has used; 0 where it is gone."""

    def end(self) -> None:
        """Kill it, whatever it is doing."""


class Children(Protocol):
    """Where children come from."""

    def child(self) -> Child:
        """A fresh child that has seen no bytes.

        Raises:
            OSError: this system gives none.
        """

    def start(self) -> None:
        """Prepare for the first child, without waiting."""

    def close(self) -> None:
        """End all that was prepared."""
