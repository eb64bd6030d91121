"""`Raster`: the samples of a picture as its file holds them, and how they become a frame."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import too_many_pixels

Samples = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Raster:
    """One picture, upright or not, in the colour space of its file.

    Attributes:
        samples: (h, w) grey, (h, w, 3) RGB or (h, w, 4) CMYK where 0 is no ink.
        whole: the samples that are black and white (for CMYK: no and full ink), as the type
            or the stated number of bits has it; None where nothing says so (floating point).
        alpha: (h, w), 0 is see-through and `opaque` is not; None where there is none.
        is_premultiplied: whether the samples are multiplied by alpha already.
        is_white_zero: whether grey counts from white.
        orientation: as in EXIF, 1 to 8.
        profile: ICC profile of the samples.
        notes: codes of `NOTES`.
    """

    samples: Samples
    whole: tuple[float, float] | None
    alpha: Samples | None = None
    opaque: float = 1.0
    is_premultiplied: bool = False
    is_white_zero: bool = False
    orientation: int = 1
    profile: bytes | None = None
    notes: tuple[str, ...] = ()

    def with_note(self, note: str) -> "Raster":
        """The same with one more note, each once."""
        return self if note in self.notes else replace(self, notes=(*self.notes, note))


def whole_of(dtype: np.dtype[Any], n_bits: int | None = None) -> tuple[float, float] | None:
    """Black and white of samples of a type, of which `n_bits` are used.

    >>> whole_of(np.dtype("uint16"), 12), whole_of(np.dtype("int8"))
    ((0.0, 4095.0), (-128.0, 127.0))
    """
    if dtype.kind == "b":
        return 0.0, 1.0
    if dtype.kind == "u":
        return 0.0, float(2 ** (n_bits or 8 * dtype.itemsize) - 1)
    if dtype.kind == "i":
        half = float(2 ** ((n_bits or 8 * dtype.itemsize) - 1))
        return -half, half - 1
    return None


def check_size(width: int, height: int, *, bytes_per_pixel: int = 4) -> None:
    """Refuse a picture that is too large to be decoded whole, before anything is decoded.

    Raises:
        Refused: more than `LIMITS.decoded_pixels`, or more bytes than so many pixels of RGBA.
    """
    limit = min(LIMITS.decoded_pixels, LIMITS.decoded_bytes // max(bytes_per_pixel, 1))
    if width < 1 or height < 1:
        raise Refused("decoder-failed")
    if width * height > limit:
        raise too_many_pixels(width * height, limit)


def reduction(width: int, height: int) -> int:
    """How many times smaller each side must be for the picture to be within `LIMITS.pixels`.

    >>> reduction(8000, 5000), reduction(8064, 6048), reduction(16320, 12240)
    (1, 2, 4)
    """
    factor = 1
    while (width // factor) * (height // factor) > LIMITS.pixels:
        factor *= 2
    return factor


def reduced(raster: Raster) -> Raster:
    """The same within `LIMITS.pixels`: means of squares of 2, 4, … pixels, and a note."""
    height, width = raster.samples.shape[:2]
    factor = reduction(width, height)
    if factor == 1:
        return raster
    alpha = None if raster.alpha is None else _block_means(raster.alpha, factor)
    smaller = replace(raster, samples=_block_means(raster.samples, factor), alpha=alpha)
    return smaller.with_note("reduced-size")


def _block_means(samples: Samples, factor: int) -> Samples:
    """Means of squares; what is left over at the right and the lower edge is left out."""
    height, width = (n // factor * factor for n in samples.shape[:2])
    exact = np.uint32 if samples.dtype.kind in "bu" and samples.dtype.itemsize <= 2 else np.float64
    total = np.zeros((height // factor, width // factor, *samples.shape[2:]), exact)
    for row in range(factor):
        for column in range(factor):
            total += samples[row:height:factor, column:width:factor]
    if samples.dtype.kind == "f":
        return (total / factor**2).astype(np.float32)
    if exact is np.uint32:
        total += factor**2 // 2
        return (total // factor**2).astype(samples.dtype)
    return np.rint(total / factor**2).astype(samples.dtype)


def upright(samples: Samples, orientation: int) -> Samples:
    """Samples (h, w, …) turned as the orientation of EXIF says; 1 is upright already."""
    if orientation in (5, 6, 7, 8):
        samples = samples.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return samples[::-1] if orientation in (3, 4, 7, 8) else samples
