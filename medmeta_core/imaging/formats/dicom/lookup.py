"""Look-up tables: modality LUT, VOI LUT, palettes (PS3.3 C.11.1, C.11.2, C.7.6.3.1.5)."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.refusals import Refused

BLOCK_ROWS = 256

Span = tuple[float, float]
"""The lowest and the highest value that there can be, in this frame or another."""


@dataclass(frozen=True, eq=False)
class LookUpTable:
    """A table whose first entry stands for the value `first`.

    Attributes:
        entries: (n,).
        n_bits: of an entry, as stated.
    """

    entries: NDArray[np.uint16]
    first: int
    n_bits: int

    @property
    def white(self) -> int:
        """The entry that is shown brightest: the largest of so many bits.

        Where the entries do not use the highest of the bits that are stated, or more than
        these, the statement cannot be true: then it is the largest entry.
        """
        largest, full = int(self.entries.max()), 2**self.n_bits - 1
        return full if full // 2 < largest <= full else max(largest, 1)

    def levels(self) -> "LookUpTable":
        """The table whose entries are levels of brightness, 65535 for `white`."""
        scaled = np.minimum(self.entries / self.white, 1) * 65535
        return replace(self, entries=np.rint(scaled).astype(np.uint16), n_bits=16)

    def __call__(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        """The entries for values; those beyond an end take the entry at that end."""
        output = np.empty(values.shape, np.uint16)
        for row in range(0, len(values), BLOCK_ROWS):  # in blocks: indices of all would be large
            block = slice(row, row + BLOCK_ROWS)
            offsets = values[block].astype(np.float64) - self.first  # which cannot wrap round
            output[block] = self.entries[np.clip(offsets, 0, len(self.entries) - 1).astype(np.intp)]
        return output


@dataclass(frozen=True)
class Descriptor:
    """What a LUT Descriptor states: the number of entries, the first value, bits of an entry."""

    n: int
    first: int
    n_bits: int


def read_descriptor(stated: tuple[float, ...], *, span: Span) -> Descriptor:
    """The descriptor of a table.

    The values that it maps decide whether its first value has a sign (PS3.3 C.11.2.1.1), not
    the value representation that a writer gave it.

    Raises:
        Refused: it is missing.
    """
    if len(stated) != 3:
        raise Refused("missing-tag", tag="lut-descriptor")
    n, first, n_bits = (int(number) for number in stated)
    n = n % 2**16 or 2**16  # 0 stands for 65536; a parser may have taken the numbers as signed
    if span[0] < 0 and first >= 2**15:
        first -= 2**16  # a parser cannot know its sign
    elif first < 0 <= span[0] and first + 2**16 <= span[1]:
        first += 2**16
    return Descriptor(n, first, min(max(n_bits, 1), 16))


def look_up_table(
    stated: tuple[float, ...], content: Any, *, is_little_endian: bool, span: Span
) -> LookUpTable:
    """The table of a LUT Descriptor and its LUT Data.

    Raises:
        Refused: descriptor and data contradict each other.
    """
    descriptor = read_descriptor(stated, span=span)
    words = as_words(content, is_little_endian=is_little_endian)
    is_packed = len(words) < descriptor.n <= 2 * len(words)
    entries = unpacked(words) if is_packed else words
    if entries.size < descriptor.n:
        raise Refused("contradictory-tags", tag="lut-data")
    return LookUpTable(entries[: descriptor.n], descriptor.first, descriptor.n_bits)


def as_words(content: Any, *, is_little_endian: bool) -> NDArray[np.uint16]:
    """The words of 16 bits that LUT Data consist of, a last odd byte filled up."""
    if isinstance(content, bytes):
        order = "<" if is_little_endian else ">"
        return np.frombuffer(content + bytes(len(content) % 2), f"{order}u2").astype(np.uint16)
    numbers = np.atleast_1d(np.asarray([] if content is None else content, np.int64))
    return (numbers % 2**16).astype(np.uint16)


def unpacked(words: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Two entries of 8 bits for each word, the low byte first."""
    return words.astype("<u2").view(np.uint8).astype(np.uint16)
