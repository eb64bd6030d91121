"""An image as a file that others can open: a thumbnail, a PNG."""

from io import BytesIO

import numpy as np
from PIL import Image

from medmeta_core.imaging.image import MedicalImage, true_size

LANCZOS = Image.Resampling.LANCZOS


def thumbnail(image: MedicalImage, side: int = 160) -> bytes:
    """WebP in true shape that fits into a square of `side` pixels."""
    return as_webp(as_picture(image, max_side=side))


def as_webp(picture: Image.Image) -> bytes:
    """A small picture in few bytes."""
    out = BytesIO()
    picture.save(out, "WEBP", quality=82, method=2)
    return out.getvalue()


def as_png(image: MedicalImage, *, max_side: int | None = None) -> bytes:
    """8-bit PNG in true shape as shown, made smaller where a side is longer than `max_side`."""
    out = BytesIO()
    as_picture(image, max_side=max_side).save(out, "PNG", compress_level=4)
    return out.getvalue()


def as_picture(image: MedicalImage, *, max_side: int | None = None) -> Image.Image:
    """The same for Pillow, of mode "L" or "RGB"."""
    levels = np.rint(image.pixels * 255).astype(np.uint8)
    planes = levels[0] if len(levels) == 1 else np.ascontiguousarray(levels.transpose(1, 2, 0))
    return in_true_shape(Image.fromarray(planes), image.pixel_aspect, max_side=max_side)


def in_true_shape(
    picture: Image.Image, pixel_aspect: float, *, max_side: int | None = None
) -> Image.Image:
    """The picture with square pixels, made smaller where a side is longer than `max_side`."""
    height, width = true_size(picture.height, picture.width, pixel_aspect=pixel_aspect)
    share = min(1.0, (max_side or max(height, width)) / max(height, width))
    if pixel_aspect != 1:
        size = (max(1, round(width * share)), max(1, round(height * share)))
        return picture.resize(size, Image.Resampling.BICUBIC if share == 1 else LANCZOS)
    if share < 1 and max_side is not None:
        picture.thumbnail((max_side, max_side), LANCZOS, reducing_gap=3.0)
    return picture
