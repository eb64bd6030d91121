"""Colours of a device, described by an ICC profile → sRGB; runs in the child.

LittleCMS does it, with the perceptual intent, as image viewers and browsers do.
"""

from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.uint8] | NDArray[np.uint16]

NOT_APPLIED = "colour-profile-not-applied"
"""The note of a picture whose profile is damaged or describes another kind of colour."""

SRGB: bytes = imagecodecs.cms_profile("srgb")
SPACE = slice(16, 20)  # of the header (ICC.1:2022 7.2)
CHANNELS = {b"GRAY": ("gray", 1), b"RGB ": ("rgb", 3), b"CMYK": ("cmyk", 4)}
MAX_EXACT_PIXELS = 2**22
"""Of 16 bits: exact, they take 0.35 µs each, and the wall clock of the child would run out."""

MAX_SRGB_DIFFERENCE = 2
"""Of 255: what two versions of sRGB differ by."""


def to_srgb(pixels: Colours, profile: bytes) -> tuple[Colours, str | None]:
    """The pixels in sRGB, in the type they have, and a note where that cannot be.

    Pixels that are in sRGB already, or whose profile cannot be used, come back as they are.

    Args:
        pixels: (h, w) grey, (h, w, 3) RGB, or (h, w, 4) CMYK where 0 is no ink, which
            becomes RGB; uint8 or uint16, the full range of the type.
        profile: the ICC profile, as it lies in the file. Grey pixels under a profile for
            RGB count as equal parts of red, green and blue.
    """
    space, n_channels = CHANNELS.get(bytes(profile[SPACE]), ("", 0))
    is_grey = pixels.ndim == 2
    if n_channels != (1 if is_grey else pixels.shape[2]) and not (is_grey and space == "rgb"):
        return pixels, NOT_APPLIED
    try:
        if n_channels != 4 and _is_srgb(profile, space):
            return pixels, None
        spread = np.stack([pixels] * 3, axis=-1) if is_grey and space == "rgb" else pixels
        converted = _converted(np.ascontiguousarray(spread), profile, space)
    except (imagecodecs.CmsError, ValueError):
        return pixels, NOT_APPLIED
    return (converted[..., 1] if is_grey else converted), None


def _converted(pixels: Colours, profile: bytes, space: str) -> Colours:
    """(h, w, 3) in sRGB.

    Without `NOOPTIMIZE` LittleCMS interpolates 16 bits in a table, up to 7 % beside the value
    where colours are clipped; 8 bits are within a level either way.
    """
    if pixels.dtype == np.uint8:
        return _transformed(pixels, profile, space)
    if pixels.shape[0] * pixels.shape[1] <= MAX_EXACT_PIXELS:
        return _transformed(pixels, profile, space, flags=imagecodecs.CMS.FLAGS.NOOPTIMIZE)
    eight_bits = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return _transformed(eight_bits, profile, space).astype(np.uint16) * np.uint16(257)


def _transformed(pixels: Colours, profile: bytes, space: str, *, flags: int = 0) -> Colours:
    transformed: Colours = imagecodecs.cms_transform(
        pixels,
        profile,
        SRGB,
        colorspace=space,
        outcolorspace="rgb",
        intent=imagecodecs.CMS.INTENT.PERCEPTUAL,
        flags=flags,
    )
    return transformed


def _is_srgb(profile: bytes, space: str) -> bool:
    """Whether a profile changes no colour by more than versions of sRGB differ."""
    levels = np.linspace(0, 255, 18).astype(np.uint8)
    if space == "gray":
        colours = levels[None]
        plain = np.stack([colours] * 3, axis=-1)
    else:
        plain = colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    transformed = _transformed(np.ascontiguousarray(colours), profile, space)
    difference: Any = np.abs(transformed.astype(np.int16) - plain.astype(np.int16)).max()
    return bool(difference <= MAX_SRGB_DIFFERENCE)
