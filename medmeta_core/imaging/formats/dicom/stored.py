"""`Stored`: the values of a frame's pixels, whatever way they were encoded."""

from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

NOT_CONFORMING = "not-conforming"


@dataclass(frozen=True, eq=False)
class Stored:
    """The stored values of a frame.

    Attributes:
        samples: (h, w) or, as RGB, (h, w, 3).
        n_bits: of a sample.
        notes: on how they were read.
    """

    samples: NDArray[Any]
    n_bits: int
    notes: tuple[str, ...] = ()

    def noted(self, note: str) -> "Stored":
        """The same with one more note, each once."""
        return self if note in self.notes else replace(self, notes=(*self.notes, note))
