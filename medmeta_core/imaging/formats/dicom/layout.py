"""`Layout`: the shape of the pixels as the attributes state it, checked before decoding."""

import math
import re
from dataclasses import dataclass, replace
from typing import Any

from medmeta_core.imaging.formats.dicom.tags import Tags
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import check_pixels

SAMPLES = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
}
"""Samples of a pixel, by photometric interpretation."""

NOT_READ = ("HSV", "ARGB", "CMYK", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "XYB")
"""Other photometric interpretations that the standard has or had."""

NAMES = {"Rows": "rows", "Columns": "columns", "BitsAllocated": "bits-allocated"}
PICTURE = ("PhotometricInterpretation", "SamplesPerPixel")
REQUIRED = {
    "PixelData": (*PICTURE, "PixelRepresentation"),
    "FloatPixelData": PICTURE,
    "DoubleFloatPixelData": PICTURE,
}
SIGNS: dict[int | None, bool] = {0: False, 1: True}
FLOAT_BITS = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}
MAX_FRAMES = 2**31 - 1
"""What an integer string of the standard can hold (PS3.5 6.2)."""

NOT_CONFORMING = "not-conforming"


@dataclass(frozen=True)
class Layout:
    """The Image Pixel module (PS3.3 C.7.6.3).

    Attributes:
        photometric: one of `SAMPLES`.
        n_frames: None where the file does not state it.
        allocated: bits of a sample as it lies in the file.
        stored: bits of it that are used.
        high: the highest bit that is used, from 0.
        is_signed: None where the file does not state it.
        planar: 1 where colours lie plane by plane; true of native pixels only (PS3.5 8.2).
        notes: on what is missing, and has its usual value here, or is spelt otherwise.
    """

    rows: int
    columns: int
    photometric: str
    n_frames: int | None
    allocated: int
    stored: int
    high: int
    is_signed: bool | None
    planar: int
    notes: tuple[str, ...]

    @property
    def samples(self) -> int:
        """Of a pixel: 1 or 3."""
        return SAMPLES[self.photometric]

    @property
    def span(self) -> tuple[int, int]:
        """The lowest and the highest value that can be stored."""
        lowest = -(2 ** (self.stored - 1)) if self.is_signed else 0
        return lowest, lowest + 2**self.stored - 1

    @property
    def frame_bits(self) -> int:
        """Of a frame without compression, which need not end with a byte."""
        n_samples = self.rows * self.columns * self.samples
        if self.photometric == "YBR_FULL_422":
            n_samples = n_samples // 3 * 2  # two pixels share their colour
        return n_samples * self.allocated

    @property
    def native_bytes(self) -> int:
        """Of all frames without compression, one of them where the number is not stated."""
        return math.ceil(self.frame_bits * (self.n_frames or 1) / 8)

    @property
    def one_frame(self) -> "Layout":
        """The layout of a frame that stands alone."""
        return replace(self, n_frames=1)

    @property
    def options(self) -> dict[str, Any]:
        """The same in pydicom's words; all bits count as used there."""
        return {
            "rows": self.rows,
            "columns": self.columns,
            "samples_per_pixel": self.samples,
            "photometric_interpretation": self.photometric,
            "number_of_frames": self.n_frames or 1,
            "bits_allocated": self.allocated,
            "bits_stored": self.allocated,  # which leaves all of them as they are
            "pixel_representation": 0,
            # Pixels that share their colour lie pixel by pixel (PS3.3 C.7.6.3.1.2).
            "planar_configuration": 0 if self.photometric == "YBR_FULL_422" else self.planar,
        }

    def noted(self, note: str) -> "Layout":
        """The same with one more note, each once."""
        return self if note in self.notes else replace(self, notes=(*self.notes, note))


def read_layout(tags: Tags, keyword: str) -> Layout:
    """The layout of the pixels in the element `keyword`.

    Raises:
        Refused: an attribute is missing or senseless, or a frame is too large.
    """
    rows, columns = _needed(tags, "Rows"), _needed(tags, "Columns")
    check_pixels(columns, rows)
    allocated = FLOAT_BITS.get(keyword) or _needed(tags, "BitsAllocated")
    stored = tags.count("BitsStored") or allocated
    high = tags.count("HighBit")
    layout = Layout(
        rows=rows,
        columns=columns,
        photometric=_photometric(tags),
        n_frames=_n_frames(tags),
        allocated=allocated,
        stored=stored,
        high=stored - 1 if high is None else high,
        is_signed=SIGNS.get(tags.count("PixelRepresentation")),
        planar=tags.count("PlanarConfiguration") or 0,
        notes=tuple(_notes(tags, keyword)),
    )
    _check(layout, tags)
    return layout


def _notes(tags: Tags, keyword: str) -> list[str]:
    notes = []
    if any(tags.value(name) is None for name in REQUIRED[keyword]):
        notes.append("tags-assumed")
    stated = tags.text("PhotometricInterpretation")
    if stated and stated not in SAMPLES:
        notes.append(NOT_CONFORMING)
    return notes


def _photometric(tags: Tags) -> str:
    """One of `SAMPLES`, whichever way its letters and the gaps between them are written."""
    stated = _squeezed(tags.code("PhotometricInterpretation")) or "MONOCHROME2"
    names = {_squeezed(name): name for name in (*SAMPLES, *NOT_READ)}
    photometric = names.get(stated, "")
    if photometric not in SAMPLES:
        if not photometric:
            raise Refused("unsupported-encoding", encoding="photometric-unknown")
        raise Refused("unsupported-encoding", encoding="photometric", photometric=photometric)
    return photometric


def _squeezed(code: str) -> str:
    return re.sub("[^A-Z0-9]", "", code)


def _check(layout: Layout, tags: Tags) -> None:
    if (tags.count("SamplesPerPixel") or layout.samples) != layout.samples:
        raise Refused("contradictory-tags", tag="samples-per-pixel")
    if layout.allocated not in (1, 8, 12, 16, 32, 64):
        raise Refused("unsupported-encoding", encoding="bits-allocated")
    if not 1 <= layout.stored <= layout.high + 1 <= layout.allocated:
        raise Refused("contradictory-tags", tag="bits-stored-and-high-bit")


def _needed(tags: Tags, keyword: str) -> int:
    count = tags.count(keyword)
    if count is None:
        raise Refused("missing-tag", tag=NAMES[keyword])
    if count < 1:
        raise Refused("contradictory-tags", tag=NAMES[keyword])
    return count


def _n_frames(tags: Tags) -> int | None:
    """As stated; some writers state 0, or nothing, for one."""
    if not tags.text("NumberOfFrames"):
        if tags.is_there("NumberOfFrames") and not tags.is_empty("NumberOfFrames"):
            raise Refused("contradictory-tags", tag="number-of-frames")
        return None
    n_frames = tags.count("NumberOfFrames")
    if n_frames is None or not 0 <= n_frames <= MAX_FRAMES:
        raise Refused("contradictory-tags", tag="number-of-frames")
    return n_frames or None
