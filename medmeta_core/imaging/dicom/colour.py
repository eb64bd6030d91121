"""Colour frames: RGB and PALETTE COLOR → brightness of red, green, blue."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from medmeta_core.imaging.dicom.file import DicomFile
from medmeta_core.imaging.dicom.lookup import LookUpTable, look_up_table
from medmeta_core.imaging.dicom.tags import UNREADABLE, Tags
from medmeta_core.imaging.frame import Levels
from medmeta_core.imaging.refusals import Refused

COLOURS = ("Red", "Green", "Blue")


def levels_of_rgb(pixels: NDArray[Any], n_bits: int) -> Levels:
    """(3, height, width) of unsigned RGB pixels (height, width, 3) of `n_bits` each.

    Raises:
        Refused: the pixels are signed.
    """
    if pixels.dtype.kind != "u":
        raise Refused("contradictory-tags", tag="Pixel Representation")
    planes = pixels.transpose(2, 0, 1)
    if n_bits == 8:
        return np.asarray(planes, np.uint8)
    full = 2**n_bits - 1
    return np.asarray(np.rint(np.minimum(planes, full) * (65535 / full)), np.uint16)


def levels_of_palette(indices: NDArray[Any], file: DicomFile) -> Levels:
    """(3, height, width) of indices (height, width) into the palette of a file.

    Raises:
        Refused: the palette is missing or contradicts itself.
    """
    tags = Tags(file.dataset)
    if tags.is_there("SegmentedRedPaletteColorLookupTableData"):
        colours = _through_segments(indices, file.dataset)
    else:
        tables = [_table(colour, tags, file.is_little_endian) for colour in COLOURS]
        colours = np.stack([table(indices) for table in tables])
    # Some palettes of 16 bits hold entries of 8 bits (PS3.3 C.7.6.3.1.6 warns of them).
    return np.asarray(colours >> 8 if colours.max() > 255 else colours, np.uint8)


def _table(colour: str, tags: Tags, is_little_endian: bool) -> LookUpTable:
    return look_up_table(
        tags.numbers(f"{colour}PaletteColorLookupTableDescriptor"),
        tags.value(f"{colour}PaletteColorLookupTableData"),
        is_little_endian=is_little_endian,
        is_signed=False,
    )


def _through_segments(indices: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    """Colours (3, height, width) of a palette written in segments (PS3.3 C.7.9.2)."""
    try:
        return np.asarray(apply_color_lut(indices, dataset)).transpose(2, 0, 1)
    except (*UNREADABLE, IndexError) as error:
        raise Refused("contradictory-tags", tag="the palette") from error
