"""How long work tells of itself."""

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""Called with the fraction done in [0, 1] and a short label; may raise `errors.Stopped`."""


def silent(fraction: float, label: str) -> None:
    """A progress listener that does not listen."""
