"""PNG, BMP, GIF, AVIF and PNM → `Raster`, through Pillow; 16 bits through libpng."""

import struct
from collections.abc import Callable
from typing import BinaryIO

import imagecodecs
import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    PngImagePlugin,
    PpmImagePlugin,
)

from medmeta_core.imaging.formats.bitmap import bitmap_profile, bitmap_raster
from medmeta_core.imaging.formats.coded_colour import coded_profile, nclx_of
from medmeta_core.imaging.formats.png_chunks import png_profile
from medmeta_core.imaging.formats.raster import Raster, Samples, check_size, reduction, whole_of

Profile = tuple[bytes | None, str | None]
"""(ICC profile, note)."""

ORIENTATION = 0x0112
EXIF_ERRORS = (SyntaxError, ValueError, TypeError, OSError, KeyError, IndexError, struct.error)
PLAIN_MODES = ("I", "F", "CMYK", "L", "RGB", "LA", "RGBA", "I;16", "I;16B", "I;16L", "I;16N")
CONTAINER_HEADER_BYTES = 2**16
AVIF_BYTES_PER_PIXEL = 6
"""Of 335 million: libavif and Pillow hold a picture three times."""

PLUGINS: dict[str, Callable[[BinaryIO], ImageFile.ImageFile]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "PNM": PpmImagePlugin.PpmImageFile,
}


def read_png(content: BinaryIO) -> Raster:
    """A PNG, as its chunks say its colours are."""
    picture = _opened("PNG", content)
    profile = png_profile(content)
    if content.seek(0) == 0 and content.read(25)[24] == 16:
        return _deep_png(content, picture, profile)
    return raster_of(picture, profile)


def read_bmp(content: BinaryIO) -> Raster:
    """A BMP; where it states masks that Pillow does not know, by the masks."""
    masked = bitmap_raster(content)
    if masked is not None:
        return masked
    profile = bitmap_profile(content)
    content.seek(0)
    picture = BmpImagePlugin.BmpImageFile(content)
    check_size(*picture.size)
    return raster_of(picture, (profile, None))


def read_other(name: str, content: BinaryIO) -> Raster:
    """A GIF, AVIF or PNM."""
    picture = _opened(name, content)
    profile: Profile = (picture.info.get("icc_profile"), None)
    if name == "AVIF":
        check_size(*picture.size, bytes_per_pixel=AVIF_BYTES_PER_PIXEL)
    if name == "AVIF" and profile[0] is None:
        content.seek(0)
        code_points = nclx_of(content.read(CONTAINER_HEADER_BYTES))
        profile = (None, None) if code_points is None else coded_profile(*code_points)
    return raster_of(picture, profile)


def _opened(name: str, content: BinaryIO) -> ImageFile.ImageFile:
    content.seek(0)
    picture = PLUGINS[name](content)
    check_size(*picture.size)
    return picture


def raster_of(picture: Image.Image, profile: Profile) -> Raster:
    """The first picture of a file that Pillow has opened, as uint8, or as the type it has."""
    orientation = orientation_of(picture)
    notes = [note for note in (profile[1],) if note is not None]
    if getattr(picture, "is_animated", False):
        notes.append("first-of-several")
    factor = reduction(*picture.size)
    if factor > 1:
        notes.append("reduced-size")
    samples, alpha = _planes(picture, factor)
    return Raster(
        samples=samples,
        whole=whole_of(samples.dtype),
        alpha=alpha,
        opaque=255,
        orientation=orientation,
        profile=profile[0],
        notes=tuple(notes),
    )


def orientation_of(picture: Image.Image) -> int:
    """The orientation that EXIF or XMP states, 1 where neither can be read."""
    try:
        return _stated_orientation(picture.getexif())
    except EXIF_ERRORS:
        return 1


def orientation_in(segment: bytes) -> int:
    """The same of an EXIF segment."""
    exif = Image.Exif()
    try:
        exif.load(segment)
        return _stated_orientation(exif)
    except EXIF_ERRORS:
        return 1


def _stated_orientation(exif: Image.Exif) -> int:
    orientation = exif.get(ORIENTATION, 1)
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def _planes(picture: Image.Image, factor: int) -> tuple[Samples, Samples | None]:
    """(grey, RGB or CMYK; alpha), so many times smaller, by means of squares.

    Made smaller as Pillow holds it, for a copy of a large picture would not fit beside it.
    """
    picture = _of_plain_mode(picture)
    if factor > 1:
        width, height = (n // factor * factor for n in picture.size)
        picture = picture.reduce(factor, box=(0, 0, width, height))
    samples = np.asarray(picture)
    if picture.mode == "I":  # of a PNM, whose samples Pillow stretches to 16 bits
        return samples.astype(np.uint16), None
    if picture.mode in ("LA", "RGBA"):
        return (samples[..., 0] if picture.mode == "LA" else samples[..., :3]), samples[..., -1]
    return samples, None


def _of_plain_mode(picture: Image.Image) -> Image.Image:
    """The picture in a mode that is nothing but channels."""
    if picture.mode in PLAIN_MODES and "transparency" not in picture.info:
        picture.load()
        return picture
    if picture.has_transparency_data:
        return picture.convert("LA" if picture.mode in ("1", "L") else "RGBA")
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _deep_png(content: BinaryIO, picture: Image.Image, profile: Profile) -> Raster:
    """A PNG of 16 bits a sample, of which Pillow would keep 8 in colour."""
    content.seek(0)
    samples = imagecodecs.png_decode(content.read())
    orientation, key = orientation_of(picture), picture.info.get("transparency")
    n_channels = 1 if samples.ndim == 2 else samples.shape[2]
    alpha = samples[..., -1] if n_channels in (2, 4) else None
    colours = samples if alpha is None else samples[..., : n_channels - 1]
    if colours.ndim == 3 and colours.shape[2] == 1:
        colours = colours[..., 0]
    if alpha is None and key is not None:  # one colour is see-through
        differs = colours != np.asarray(key)
        alpha = (differs if colours.ndim == 2 else differs.any(axis=2)).astype(np.uint16) * 65535
    return Raster(
        samples=colours,
        whole=(0, 65535),
        alpha=alpha,
        opaque=65535,
        orientation=orientation,
        profile=profile[0],
        notes=() if profile[1] is None else (profile[1],),
    )
