"""`Layout`: the shape of the pixels as the attributes state it, checked before decoding."""

import math
from dataclasses import dataclass, replace
from typing import Any

from medmeta_core.imaging.dicom.tags import Tags
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

NAMES = {"Rows": "Rows", "Columns": "Columns", "BitsAllocated": "Bits Allocated"}
PICTURE = ("PhotometricInterpretation", "SamplesPerPixel")
REQUIRED = {
    "PixelData": (*PICTURE, "PixelRepresentation"),
    "FloatPixelData": PICTURE,
    "DoubleFloatPixelData": PICTURE,
}
SIGNS: dict[int | None, bool] = {0: False, 1: True}
FLOAT_BITS = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}


@dataclass(frozen=True)
class Layout:
    """The Image Pixel module (PS3.3 C.7.6.3).

    Attributes:
        allocated: bits of a sample as it lies in the file.
        stored: bits of it that are used.
        high: the highest bit that is used, from 0.
        is_signed: None where the file does not state it.
        is_assumed: whether a required attribute is missing and has its usual value here.
    """

    rows: int
    columns: int
    photometric: str
    n_frames: int
    allocated: int
    stored: int
    high: int
    is_signed: bool | None
    planar: int
    is_assumed: bool

    @property
    def samples(self) -> int:
        """Of a pixel: 1 or 3."""
        return SAMPLES[self.photometric]

    @property
    def native_bytes(self) -> int:
        """Of all frames without compression; frames of 1 or 12 bits need not end with a byte."""
        n_samples = self.rows * self.columns * self.samples
        if self.photometric == "YBR_FULL_422":
            n_samples = n_samples // 3 * 2  # two pixels share their colour
        return math.ceil(n_samples * self.allocated * self.n_frames / 8)

    @property
    def one_frame(self) -> "Layout":
        """The layout of a frame that stands alone."""
        return replace(self, n_frames=1)

    @property
    def options(self) -> dict[str, Any]:
        """The same in pydicom's words; bits below the used ones count as used there."""
        return {
            "rows": self.rows,
            "columns": self.columns,
            "samples_per_pixel": self.samples,
            "photometric_interpretation": self.photometric,
            "number_of_frames": self.n_frames,
            "bits_allocated": self.allocated,
            "bits_stored": self.high + 1,
            "pixel_representation": int(self.is_signed or False),
            "planar_configuration": self.planar,
        }


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
        photometric=tags.text("PhotometricInterpretation") or "MONOCHROME2",
        n_frames=_n_frames(tags),
        allocated=allocated,
        stored=stored,
        high=stored - 1 if high is None else high,
        is_signed=SIGNS.get(tags.count("PixelRepresentation")),
        planar=tags.count("PlanarConfiguration") or 0,
        is_assumed=any(tags.value(name) is None for name in REQUIRED[keyword]),
    )
    _check(layout, tags)
    return layout


def _check(layout: Layout, tags: Tags) -> None:
    if layout.photometric not in SAMPLES:
        raise Refused("unsupported-encoding", encoding="Photometric Interpretation")
    if (tags.count("SamplesPerPixel") or layout.samples) != layout.samples:
        raise Refused("contradictory-tags", tag="Samples per Pixel")
    if layout.allocated not in (1, 8, 12, 16, 32, 64):
        raise Refused("unsupported-encoding", encoding="Bits Allocated")
    if not 1 <= layout.stored <= layout.high + 1 <= layout.allocated:
        raise Refused("contradictory-tags", tag="Bits Stored and High Bit")
    if layout.planar not in (0, 1):
        raise Refused("contradictory-tags", tag="Planar Configuration")


def _needed(tags: Tags, keyword: str) -> int:
    count = tags.count(keyword)
    if count is None:
        raise Refused("missing-tag", tag=NAMES[keyword])
    if count < 1:
        raise Refused("contradictory-tags", tag=NAMES[keyword])
    return count


def _n_frames(tags: Tags) -> int:
    if not tags.is_there("NumberOfFrames"):
        return 1
    n_frames = tags.count("NumberOfFrames")
    if n_frames is None or n_frames < 0:
        raise Refused("contradictory-tags", tag="Number of Frames")
    return n_frames or 1  # some writers state 0 for one
