"""Which bits of a sample are its value (PS3.5 8.1.1)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.formats.dicom.layout import Layout
from medmeta_core.imaging.refusals import Refused

OVERSHOOT = 16
"""A cosine transform may exceed the range by less than a 16th of it; more is no overshoot."""


def used_bits(
    samples: NDArray[Any], layout: Layout, *, precision: int | None = None, is_dct: bool = False
) -> NDArray[Any]:
    """The values of samples as a decoder gave them out.

    Bits above the highest used one may hold anything, an overlay for one, in every encoding.

    Args:
        samples: whole numbers of either sign; floats come back as they are.
        precision: bits of a sample in the codestream, None for native pixels. Where these
            are fewer than Bits Stored, the sign is the highest of them.
        is_dct: whether a cosine transform with loss made the samples.

    Raises:
        Refused: the sign is not stated, and matters.
    """
    if samples.dtype.kind == "f":
        return samples
    n_bits, n_below = layout.stored, layout.high + 1 - layout.stored
    if precision is not None and precision <= n_bits:
        n_bits, n_below = precision, 0
    bits = samples.view(f"u{samples.dtype.itemsize}")
    if is_dct and not layout.is_signed and not n_below:
        bits = _without_overshoot(bits, n_bits)
    return _extended(np.right_shift(bits, n_below) if n_below else bits, layout, n_bits=n_bits)


def _extended(bits: NDArray[Any], layout: Layout, *, n_bits: int) -> NDArray[Any]:
    width = 8 * bits.dtype.itemsize
    if layout.is_signed:
        signed = bits.view(f"i{bits.dtype.itemsize}")
        n_unused = width - n_bits
        return np.right_shift(np.left_shift(signed, n_unused), n_unused) if n_unused else signed
    values = np.bitwise_and(bits, bits.dtype.type(2**n_bits - 1)) if n_bits < width else bits
    is_open = layout.is_signed is None and layout.samples == 1
    if is_open and int(values.max()) >= 2 ** (layout.stored - 1) > 1:
        raise Refused("missing-tag", tag="pixel-representation")
    return values


def _without_overshoot(bits: NDArray[Any], n_bits: int) -> NDArray[Any]:
    """A white that loss made a little whiter stays white, rather than become black."""
    full = 2**n_bits
    if full >= 2 ** (8 * bits.dtype.itemsize) or int(bits.max()) < full:
        return bits
    is_over = (bits >= full) & (bits < full + full // OVERSHOOT)
    return np.where(is_over, bits.dtype.type(full - 1), bits)
