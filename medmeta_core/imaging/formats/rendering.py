"""A `Raster` → `DecodedFrame`: colours in sRGB, see-through parts black, contrast where needed."""

from dataclasses import replace

import numpy as np

from medmeta_core.imaging.colour_profile import NOT_APPLIED, to_srgb
from medmeta_core.imaging.description import Description
from medmeta_core.imaging.formats.raster import Raster, Samples, reduced, upright
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.image import FloatArray, Window, windowed
from medmeta_core.imaging.windowing import (
    assumed_window,
    finite,
    full_range,
    percentile_range,
)

USED_PART = 0.5
"""Grey of more than 8 bits is shown whole if its percentiles span so much of the range."""

NARROW_PART = 1 / 16
"""Colours of more than 8 bits are shown whole unless they span less: 12 bits in 16."""

LARGEST_EXACT = 2**24  # of float32


def frame_of(raster: Raster, description: Description) -> DecodedFrame:
    """The frame that shows a raster."""
    raster = reduced(raster)
    if raster.samples.ndim == 2:
        return _grey(raster, description)
    return _colour(raster, description)


def _grey(raster: Raster, description: Description) -> DecodedFrame:
    if raster.is_white_zero and (raster.alpha is not None or raster.profile is not None):
        raster = _from_black(raster)
    values, window, raster = _grey_values(raster)
    for note in raster.notes:
        description = description.with_note(note)
    description = replace(description.with_window(window), inverted=raster.is_white_zero)
    return DecodedFrame(
        description, values=np.ascontiguousarray(upright(values, raster.orientation))
    )


def _from_black(raster: Raster) -> Raster:
    """The same counted from black; floating point is turned round about its own middle."""
    low, high = raster.whole or (raster.samples.min(), raster.samples.max())
    flipped = (low + high) - raster.samples.astype(np.float64)
    samples = flipped.astype(raster.samples.dtype)
    return replace(raster, samples=samples, is_white_zero=False)


def _grey_values(raster: Raster) -> tuple[FloatArray, Window, Raster]:
    """(values, window, the raster with its notes); decision 023 says which window."""
    raster = _in_srgb(raster)
    raster = _on_black(raster)
    values = _as_values(raster.samples)
    whole = raster.whole or _unit_range(values)
    if whole is not None:
        low, high = percentile_range(values)
        is_8_bit = raster.samples.dtype.itemsize == 1
        if is_8_bit or high - low >= USED_PART * (whole[1] - whole[0]):
            return values, full_range(*whole), raster
    return values, assumed_window(values), raster.with_note("window-assumed")


def _unit_range(values: FloatArray) -> tuple[float, float] | None:
    """0 to 1, which editors of pictures write as floating point, if the values lie there."""
    low, high = percentile_range(values)
    return (0.0, 1.0) if low >= 0 and high <= 1 else None


def _as_values(samples: Samples) -> FloatArray:
    """As finite float32; counted from the least sample where float32 could not tell apart."""
    if samples.dtype.itemsize > 2:
        low, high = float(np.nanmin(samples)), float(np.nanmax(samples))
        if max(abs(low), abs(high)) > LARGEST_EXACT and high - low < max(abs(low), abs(high)) / 16:
            return finite(samples.astype(np.float64) - low)
    return finite(samples)


def _colour(raster: Raster, description: Description) -> DecodedFrame:
    raster = _on_black(_in_srgb(_whole_levels(raster)))
    for note in raster.notes:
        description = description.with_note(note)
    levels = upright(raster.samples, raster.orientation)
    return DecodedFrame(description, levels=np.ascontiguousarray(levels.transpose(2, 0, 1)))


def _whole_levels(raster: Raster) -> Raster:
    """The same as uint8, or as uint16 of which the full range is used."""
    samples = raster.samples
    if samples.dtype == np.uint8 and raster.whole == (0.0, 255.0):
        return raster
    every = tuple(slice(None, None, max(1, n // 512)) for n in samples.shape[:2])
    sparse = finite(samples[every])
    window, (low, high) = assumed_window(sparse), percentile_range(sparse)
    whole = raster.whole or _unit_range(sparse)
    if whole is not None:
        black, white = whole
        if samples.shape[2] == 4 or high - low >= NARROW_PART * (white - black):
            if samples.dtype == np.uint16 and white == 65535:
                return raster
            window = full_range(black, white)
            return replace(raster, samples=_levels(samples, window), whole=(0.0, 65535.0))
    levels = _levels(samples, window)
    return replace(raster, samples=levels, whole=(0.0, 65535.0)).with_note("window-assumed")


def _levels(samples: Samples, window: Window) -> Samples:
    levels = np.empty(samples.shape, np.uint16)
    for channel in range(samples.shape[2]):  # one by one: less memory
        brightness = windowed(finite(samples[..., channel]), window)
        levels[..., channel] = np.rint(brightness * np.float32(65535))
    return levels


def _in_srgb(raster: Raster) -> Raster:
    """The same with its profile applied; CMYK becomes RGB, with a profile or without."""
    note = None
    samples = raster.samples
    is_usable = samples.dtype in (np.uint8, np.uint16) and raster.whole == (
        0,
        np.iinfo(samples.dtype).max,
    )
    if raster.profile is not None and not _is_measured(raster):
        samples, note = to_srgb(samples, raster.profile) if is_usable else (samples, NOT_APPLIED)
    if samples.ndim == 3 and samples.shape[2] == 4:
        samples = _without_ink(samples)
    raster = replace(raster, samples=samples, profile=None)
    return raster if note is None else raster.with_note(note)


def _is_measured(raster: Raster) -> bool:
    """Whether samples are numbers of an instrument rather than brightness: they use a part."""
    if raster.samples.ndim == 3 or raster.samples.dtype == np.uint8 or raster.whole is None:
        return False
    low, high = percentile_range(finite(raster.samples))
    return high - low < USED_PART * (raster.whole[1] - raster.whole[0])


def _without_ink(inks: Samples) -> Samples:
    """(h, w, 3) RGB of CMYK, by multiplication, as printers' software does without profile."""
    white = np.float32(np.iinfo(inks.dtype).max)
    paper = white - inks[..., 3].astype(np.float32)
    colours = np.empty((*inks.shape[:2], 3), inks.dtype)
    for channel in range(3):
        colours[..., channel] = np.rint((white - inks[..., channel]) * paper / white)
    return colours


def _on_black(raster: Raster) -> Raster:
    """See-through parts become black, as the background of most medical pictures is.

    An alpha that is 0 everywhere is one that was never filled in: the picture is opaque.
    """
    alpha = raster.alpha
    if alpha is None or alpha.min() >= raster.opaque or not alpha.any():
        return replace(raster, alpha=None)
    noted = replace(raster, alpha=None).with_note("transparent-parts")
    if raster.is_premultiplied:
        return noted
    black = 0.0 if raster.whole is None else raster.whole[0]
    share = np.clip(alpha.astype(np.float32) / np.float32(raster.opaque), 0, 1)
    samples = np.empty_like(raster.samples)
    planes = samples[..., None] if samples.ndim == 2 else samples
    full = raster.samples[..., None] if samples.ndim == 2 else raster.samples
    for channel in range(planes.shape[2]):
        blended = black + (full[..., channel].astype(np.float32) - black) * share
        planes[..., channel] = blended if samples.dtype.kind == "f" else np.rint(blended)
    return replace(noted, samples=samples)
