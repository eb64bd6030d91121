"""Colour profiles of known spaces."""

import imagecodecs
from PIL import ImageCms

ADOBE_RGB = imagecodecs.cms_profile(
    "rgb",
    whitepoint=(0.3127, 0.3290, 1.0),
    primaries=(0.64, 0.33, 1.0, 0.21, 0.71, 1.0, 0.15, 0.06, 1.0),
    gamma=563 / 256,
)
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def grey_profile(gamma: float) -> bytes:
    """Greys of D50 along a power of this exponent."""
    profile: bytes = imagecodecs.cms_profile("gray", whitepoint=(0.3457, 0.3585, 1.0), gamma=gamma)
    return profile
