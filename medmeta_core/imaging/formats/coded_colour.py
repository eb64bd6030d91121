"""Colours described by numbers instead of a profile (PNG, AVIF, HEIC) → an ICC profile.

The numbers are those of ITU-T H.273: primaries and transfer characteristics.
"""

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.colour_profile import NOT_APPLIED

Chromaticities = tuple[float, ...]
"""x and y of white, red, green and blue."""

D65 = (0.3127, 0.3290)
PRIMARIES: dict[int, Chromaticities] = {
    1: (*D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),  # BT.709, sRGB
    5: (*D65, 0.640, 0.330, 0.290, 0.600, 0.150, 0.060),  # BT.601 with 625 lines
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # BT.601 with 525 lines
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    12: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
}
UNSPECIFIED = 2
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
LIKE_SRGB = (1, 6, 13, 14, 15)
"""Transfer characteristics of video are shown as sRGB's by every viewer of stills."""

SRGB_GAMMA = 0.45455
CHROMATICITY_TOLERANCE = 0.002
GAMMA_TOLERANCE = 0.03


def coded_profile(primaries: int, transfer: int) -> tuple[bytes | None, str | None]:
    """(profile, note) of code points; no profile where the colours are sRGB or not convertible."""
    if primaries in (1, UNSPECIFIED) and transfer in (*LIKE_SRGB, UNSPECIFIED):
        return None, None
    if primaries == UNSPECIFIED:
        primaries = 1
    if primaries in PRIMARIES and transfer in GAMMAS:
        return _profile(PRIMARIES[primaries], GAMMAS[transfer]), None
    if primaries in PRIMARIES and transfer in (*LIKE_SRGB, UNSPECIFIED):
        return _profile(PRIMARIES[primaries], None), None
    return None, NOT_APPLIED  # of high dynamic range, for instance


def measured_profile(
    gamma: float | None, chromaticities: Chromaticities | None
) -> tuple[bytes | None, str | None]:
    """(profile, note) of the gAMA and cHRM chunks of a PNG."""
    points = chromaticities or PRIMARIES[1]
    is_srgb = all(
        abs(point - primary) < CHROMATICITY_TOLERANCE
        for point, primary in zip(points, PRIMARIES[1], strict=True)
    )
    if gamma is None or (abs(gamma - SRGB_GAMMA) < GAMMA_TOLERANCE and is_srgb):
        return None, None  # chromaticities without a gamma say nothing (PNG 3rd ed., 11.3.2.1)
    if not 0.1 <= gamma <= 3 or min(points[1::2]) <= 0:
        return None, NOT_APPLIED
    return _profile(points, 1 / gamma), None


def nclx_of(content: bytes) -> tuple[int, int] | None:
    """(primaries, transfer) that the container of an AVIF or HEIC states for its first picture."""
    at = content.find(b"colrnclx")
    if at < 0 or at + 12 > len(content):
        return None
    first, second = (int.from_bytes(content[i : i + 2], "big") for i in (at + 8, at + 10))
    return first, second


def _profile(points: Chromaticities, gamma: float | None) -> bytes:
    """A profile with the curve of sRGB where `gamma` is None."""
    white, primaries = points[:2], points[2:]
    with_luminance = [part for i in (0, 2, 4) for part in (*primaries[i : i + 2], 1.0)]
    options = {"transferfunction": _srgb_curve()} if gamma is None else {"gamma": gamma}
    profile: bytes = imagecodecs.cms_profile(
        "rgb", whitepoint=[*white, 1.0], primaries=with_luminance, **options
    )
    return profile


def _srgb_curve() -> NDArray[np.uint16]:
    """Light for 1024 levels (IEC 61966-2-1)."""
    levels = np.linspace(0, 1, 1024)
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    curve: NDArray[np.uint16] = np.rint(light * 65535).astype(np.uint16)
    return curve
