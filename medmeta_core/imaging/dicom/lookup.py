"""Look-up tables of DICOM: modality LUT and VOI LUT (PS3.3 C.11.1 and C.11.2)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.refusals import Refused


@dataclass(frozen=True, eq=False)
class LookUpTable:
    """A table whose first entry stands for the value `first`.

    Attributes:
        entries: (n,).
        n_bits: of an entry; the output spans 0 to 2**n_bits - 1.
    """

    entries: NDArray[np.uint16]
    first: int
    n_bits: int

    def __call__(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        """The entries for values; those beyond an end take the entry at that end."""
        indices = np.clip(values - self.first, 0, len(self.entries) - 1).astype(np.intp)
        found: NDArray[np.uint16] = self.entries[indices]
        return found


def look_up_table(
    descriptor: tuple[float, ...], found: Any, *, is_little_endian: bool, is_signed: bool
) -> LookUpTable:
    """The table of a LUT Descriptor and its LUT Data.

    Raises:
        Refused: descriptor and data contradict each other.
    """
    if len(descriptor) != 3:
        raise Refused("missing-tag", tag="LUT Descriptor")
    n, first, n_bits = (int(number) for number in descriptor)
    n = n or 2**16  # 0 stands for 65536
    if is_signed and first >= 2**15:
        first -= 2**16  # a parser cannot know its sign
    entries = _entries(found, n, "<" if is_little_endian else ">")
    if entries.size < n or not 1 <= n_bits <= 16:
        raise Refused("contradictory-tags", tag="LUT Data")
    return LookUpTable(entries[:n].astype(np.uint16), first, n_bits)


def _entries(found: Any, n: int, order: str) -> NDArray[Any]:
    if isinstance(found, bytes):
        is_packed = len(found) < 2 * n  # two entries of 8 bits in a word
        n_whole = len(found) // 2 * 2
        return np.frombuffer(found[:n_whole], "u1" if is_packed else f"{order}u2")
    return np.atleast_1d(np.asarray([] if found is None else found, np.int64))
