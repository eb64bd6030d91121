"""Colours of a TIFF that are neither grey nor RGB: a palette, L*a*b*."""

import numpy as np
import tifffile
from numpy.typing import NDArray

from medmeta_core.imaging.formats.raster import Samples
from medmeta_core.imaging.image import FloatArray
from medmeta_core.imaging.refusals import Refused

COLOUR_MAP, WHITE_POINT = 320, 318
CIELAB = 8
ROWS_AT_ONCE = 256

# Linear sRGB of X, Y and Z as shares of white (IEC 61966-2-1; for D50 after Bradford, as in ICC).
XYZ_D65_TO_RGB = np.array(
    [
        [3.0799545, -1.5371385, -0.5428159],
        [-0.9212583, 1.8760108, 0.0452474],
        [0.0528874, -0.2040259, 1.1511385],
    ],
    np.float32,
)
XYZ_D50_TO_RGB = np.array(
    [
        [3.0217267, -1.6168667, -0.4048601],
        [-0.9437481, 1.9161415, 0.0276066],
        [0.0693711, -0.2289914, 1.1596203],
    ],
    np.float32,
)


def looked_up(page: tifffile.TiffPage, indices: Samples) -> NDArray[np.uint16]:
    """(h, w, 3) of 16 bits: the colours at the indices.

    Raises:
        Refused: there is no table, or it is too short.
    """
    colour_map = page.tags.valueof(COLOUR_MAP)
    table = np.asarray(colour_map if colour_map is not None else (), np.uint16)
    n_colours = 2**page.bitspersample if page.bitspersample <= 16 else 0
    if table.size != 3 * n_colours or n_colours == 0 or indices.dtype.kind not in "bu":
        raise Refused("decoder-failed")
    if table.max() < 256:  # a frequent departure: written with 8 bits
        table = table * np.uint16(257)
    colours: NDArray[np.uint16] = table.reshape(3, n_colours).T[indices.astype(np.intp)]
    return colours


def lab_to_rgb(page: tifffile.TiffPage, samples: Samples) -> NDArray[np.uint8]:
    """Colours in sRGB of L*a*b* (TIFF 6.0, section 23), whose white is D50 unless D65 is stated.

    Raises:
        Refused: neither 8 nor 16 bits.
    """
    if samples.dtype.itemsize > 2 or samples.dtype.kind not in "ui":
        raise Refused("encoding-of-tiff")
    white = page.tags.valueof(WHITE_POINT)
    is_d65 = isinstance(white, tuple) and len(white) == 4 and 0 < white[0] < 0.33 * white[1]
    to_linear = XYZ_D65_TO_RGB if is_d65 else XYZ_D50_TO_RGB
    rgb = np.empty(samples.shape, np.uint8)
    for top in range(0, len(samples), ROWS_AT_ONCE):
        rows = slice(top, top + ROWS_AT_ONCE)
        rgb[rows] = _rgb(_lab(samples[rows], page.photometric == CIELAB), to_linear)
    return rgb


def _lab(samples: Samples, is_signed: bool) -> FloatArray:
    """L* from 0 to 100; a* and b* in units."""
    n_bits = 8 * samples.dtype.itemsize
    stored = samples.view(f"u{samples.dtype.itemsize}").astype(np.float32)
    lab = stored / np.float32(2 ** (n_bits - 8))
    lab[..., 0] = stored[..., 0] * np.float32(100 / (2**n_bits - 1))
    if is_signed:
        lab[..., 1:] = np.where(lab[..., 1:] >= 128, lab[..., 1:] - 256, lab[..., 1:])
    else:
        lab[..., 1:] -= 128
    return lab


def _rgb(lab: FloatArray, to_linear: FloatArray) -> NDArray[np.uint8]:
    """CIE 15:2004, 8.2.1.2, then IEC 61966-2-1."""
    f_y = (lab[..., 0] + 16) / 116
    roots = np.stack([f_y + lab[..., 1] / 500, f_y, f_y - lab[..., 2] / 200], axis=-1)
    share = np.where(roots > 6 / 29, roots**3, 3 * (6 / 29) ** 2 * (roots - 4 / 29))
    linear = np.clip(share @ to_linear.T, 0, 1)
    levels = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    rgb: NDArray[np.uint8] = np.rint(levels * 255).astype(np.uint8)
    return rgb
