"""Palettes: indices → colours, plain, in segments, or only for values beyond the grey ones."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.formats.dicom.file import DicomFile
from medmeta_core.imaging.formats.dicom.lookup import (
    LookUpTable,
    Span,
    as_words,
    look_up_table,
    read_descriptor,
    unpacked,
)
from medmeta_core.imaging.formats.dicom.stored import Stored
from medmeta_core.imaging.formats.dicom.tags import Tags
from medmeta_core.imaging.frame import DecodedFrame, pixels_of
from medmeta_core.imaging.refusals import Refused

COLOURS = ("Red", "Green", "Blue")
WITH_COLOURS = ("COLOR", "MIXED")
"""Pixel Presentation of grey frames with a supplemental palette (PS3.3 C.8.16.2.1.2)."""

DISCRETE, LINEAR, INDIRECT = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Palette:
    """Three tables, of red, green and blue."""

    tables: tuple[LookUpTable, ...]

    @property
    def first(self) -> int:
        """The lowest value that has a colour of its own."""
        return self.tables[0].first

    def __call__(self, stored: Stored) -> NDArray[np.uint8]:
        """Levels (3, h, w) of stored values (h, w).

        The tables decide whether their entries have 8 bits or 16, whatever is stated (PS3.3
        C.7.6.3.1.6 warns of 8 in words of 16); the colours in use would not tell.
        """
        n_bits = 8 if max(table.entries.max() for table in self.tables) < 256 else 16
        if n_bits == 16 and all(8 < table.n_bits < 16 for table in self.tables):
            n_bits = max(table.n_bits for table in self.tables)
        levels = [
            LookUpTable(np.right_shift(table.entries, n_bits - 8), table.first, 8)(stored.samples)
            for table in self.tables
        ]
        return np.stack(levels).astype(np.uint8)


def read_palette(file: DicomFile, *, span: Span) -> Palette | None:
    """The palette of a file, or None where it has none.

    Raises:
        Refused: it contradicts itself.
    """
    tags = Tags(file.dataset)
    if not any(tags.is_there(f"{colour}PaletteColorLookupTableDescriptor") for colour in COLOURS):
        return None
    return Palette(tuple(_table(colour, tags, file, span=span) for colour in COLOURS))


def _table(colour: str, tags: Tags, file: DicomFile, *, span: Span) -> LookUpTable:
    stated = tags.numbers(f"{colour}PaletteColorLookupTableDescriptor")
    segments = tags.value(f"Segmented{colour}PaletteColorLookupTableData")
    if segments is None:
        return look_up_table(
            stated,
            tags.value(f"{colour}PaletteColorLookupTableData"),
            is_little_endian=file.is_little_endian,
            span=span,
        )
    descriptor = read_descriptor(stated, span=span)
    words = as_words(segments, is_little_endian=file.is_little_endian)
    codes = unpacked(words) if descriptor.n_bits == 8 else words
    entries = np.array(_Segments(codes.tolist(), descriptor.n_bits, descriptor.n).entries)
    if entries.size < descriptor.n:
        raise Refused("contradictory-tags", tag="palette")
    entries = entries[: descriptor.n].astype(np.uint16)
    return LookUpTable(entries, descriptor.first, descriptor.n_bits)


def is_coloured(stored: NDArray[Any], tags: Tags, *, span: Span) -> NDArray[np.bool_]:
    """Where stored values (h, w) of a grey frame are colours of its supplemental palette."""
    stated = tags.numbers(f"{COLOURS[0]}PaletteColorLookupTableDescriptor")
    if tags.code("PixelPresentation") not in WITH_COLOURS or len(stated) != 3:
        return np.zeros(stored.shape, np.bool_)
    return np.asarray(stored >= read_descriptor(stated, span=span).first)


def coloured(frame: DecodedFrame, palette: Palette, stored: Stored) -> DecodedFrame:
    """A grey frame with the colours of its supplemental palette (PS3.3 C.7.6.19).

    From the palette's first value on stored values are colours; those below are grey. A
    frame without colours stays grey, and its window can be changed.
    """
    is_colour = stored.samples >= palette.first
    if not is_colour.any():
        return frame
    grey = pixels_of(frame.levels, frame.values, description=frame.description)
    levels = np.where(is_colour, palette(stored) * np.uint16(257), np.rint(grey * 65535))
    description = replace(frame.description, window=None, units="")
    return DecodedFrame(description, levels=levels.astype(np.uint16))


class _Segments:
    """The entries of a table that is written in segments (PS3.3 C.7.9.2)."""

    def __init__(self, codes: list[int], n_bits: int, n_wanted: int) -> None:
        self.entries: list[int] = []
        self._codes = codes
        self._n_offset_codes = 4 if n_bits == 8 else 2  # of an offset of 32 bits
        self._n_wanted = n_wanted
        self._read(0, len(codes))

    def _read(self, at: int, n_segments: int, *, is_indirect: bool = False) -> None:
        for _ in range(n_segments):
            if at + 2 >= len(self._codes) or len(self.entries) >= self._n_wanted:
                return
            kind, n = self._codes[at], self._codes[at + 1]
            at += 2
            if kind == DISCRETE:
                self.entries += self._codes[at : at + n]
                at += n
            elif kind == LINEAR and self.entries:
                start = self.entries[-1]
                steps = np.linspace(start, self._codes[at], n + 1)[1:]
                self.entries += np.rint(steps).astype(int).tolist()
                at += 1
            elif kind == INDIRECT and not is_indirect:
                self._read(self._offset(at), n, is_indirect=True)
                at += self._n_offset_codes
            else:
                raise Refused("contradictory-tags", tag="palette")

    def _offset(self, at: int) -> int:
        """Of the first segment that is to be read again, in codes; low parts first."""
        parts = self._codes[at : at + self._n_offset_codes]
        bits = 32 // self._n_offset_codes
        n_bytes = sum(part << (bits * place) for place, part in enumerate(parts))
        return n_bytes * 8 // bits
