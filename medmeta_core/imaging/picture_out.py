"""An image as a file that others can open: a thumbnail, a PNG."""

from io import BytesIO

import numpy as np
from PIL import Image

from medmeta_core.imaging.image import MedicalImage


def thumbnail(image: MedicalImage, side: int = 160) -> bytes:
    """WebP that fits into a square of `side` pixels."""
    out = BytesIO()
    _picture(image, side).save(out, "WEBP", quality=82, method=2)
    return out.getvalue()


def as_png(image: MedicalImage, *, max_side: int | None = None) -> bytes:
    """8-bit PNG as shown, made smaller where a side is longer than `max_side`."""
    out = BytesIO()
    _picture(image, max_side).save(out, "PNG", compress_level=4)
    return out.getvalue()


def _picture(image: MedicalImage, max_side: int | None) -> Image.Image:
    levels = np.rint(image.pixels * 255).astype(np.uint8)
    planes = levels[0] if len(levels) == 1 else np.ascontiguousarray(levels.transpose(1, 2, 0))
    picture = Image.fromarray(planes)
    if max_side is not None and max(picture.size) > max_side:
        picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return picture
