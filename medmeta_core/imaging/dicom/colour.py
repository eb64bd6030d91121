"""Colour frames: RGB and PALETTE COLOR → brightness of red, green, blue."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from medmeta_core.imaging.dicom.tags import UNREADABLE
from medmeta_core.imaging.frame import Levels
from medmeta_core.imaging.refusals import Refused


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


def levels_of_palette(indices: NDArray[Any], dataset: Dataset) -> Levels:
    """(3, height, width) of indices (height, width) into the palette of a dataset.

    Raises:
        Refused: the palette is missing or contradicts itself.
    """
    try:
        colours = apply_color_lut(indices, dataset)  # (height, width, 3)
    except (*UNREADABLE, IndexError) as error:
        raise Refused("contradictory-tags", tag="the palette") from error
    planes = colours.transpose(2, 0, 1)
    # Some palettes of 16 bits hold entries of 8 bits (PS3.3 C.7.6.3.1.6 warns of them).
    is_16_bit = planes.dtype == np.uint16 and planes.max() > 255
    return np.asarray(planes >> 8 if is_16_bit else planes, np.uint8)
