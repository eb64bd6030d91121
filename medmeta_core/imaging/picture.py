"""PNG, JPEG, TIFF, BMP and WebP → `DecodedFrame`s, through Pillow."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from medmeta_core.imaging.description import Description
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.notes import noted
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import Wanted, check_pixels, frame_numbers
from medmeta_core.imaging.windowing import assumed_window, finite, full_range

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
PLUGINS = (BmpImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"BM")

DEEP_MODES = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
WHITE_IS_ZERO = 0
HALF_OF_16_BIT = 2**15


def is_picture(head: bytes) -> bool:
    """Whether the first bytes are those of a picture format that is read here."""
    return head.startswith(BEGINNINGS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def decode(content: BinaryIO, wanted: Wanted) -> Iterator[DecodedFrame]:
    """The wanted frames: the pages of a TIFF; other formats have one.

    Raises:
        Refused: the bytes break a rule.
    """
    picture = _open(content)
    sizes = _page_sizes(picture)
    said = Description(n_frames=len(sizes))
    if len(set(sizes)) > 1:  # a pyramid of one picture, the largest first
        said = Description(notes=("frames-differ-in-size",))
    for number in frame_numbers(wanted, said.n_frames):
        picture.seek(number)
        here = replace(said, frame=number, inverted=_is_white_zero(picture))
        yield noted(_frame(_upright(picture), here))


def _open(content: BinaryIO) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # our own limit holds, see below
    try:
        picture = Image.open(content, formats=FORMATS)
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise Refused("decoder-failed") from error
    check_pixels(*picture.size)
    return picture


def _page_sizes(picture: Image.Image) -> list[tuple[int, int]]:
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return [picture.size]
    sizes = []
    for number in range(picture.n_frames):
        picture.seek(number)
        check_pixels(*picture.size)
        sizes.append(picture.size)
    return sizes


def _upright(picture: Image.Image) -> Image.Image:
    """The page, turned as its EXIF orientation says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ImageOps.exif_transpose(picture)


def _frame(picture: Image.Image, said: Description) -> DecodedFrame:
    if picture.mode in DEEP_MODES:
        return _deep_grey(finite(np.asarray(picture)), said)
    if picture.mode in ("1", "L"):
        values = np.asarray(picture.convert("L")).astype(np.float32)
        return DecodedFrame(said.with_window(full_range(0, 255)), values=values)
    if picture.has_transparency_data:
        picture, said = _on_black(picture.convert("RGBA"), said)
    levels = np.asarray(picture.convert("RGB"))  # (height, width, 3)
    return DecodedFrame(said, levels=levels.transpose(2, 0, 1))


def _is_white_zero(picture: Image.Image) -> bool:
    """Whether a TIFF counts from white, which Pillow turns round for up to 8 bits only."""
    tags = getattr(picture, "tag_v2", {}) if picture.mode in DEEP_MODES else {}
    return bool(tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == WHITE_IS_ZERO)


def _deep_grey(values: NDArray[np.float32], said: Description) -> DecodedFrame:
    """Grey of more than 8 bits: the range of 16 bits where it is used, else percentiles."""
    is_whole = values.min() >= 0 and HALF_OF_16_BIT <= values.max() < 2 * HALF_OF_16_BIT
    if is_whole:
        return DecodedFrame(said.with_window(full_range(0, 65535)), values=values)
    said = said.with_window(assumed_window(values)).with_note("window-assumed")
    return DecodedFrame(said, values=values)


def _on_black(picture: Image.Image, said: Description) -> tuple[Image.Image, Description]:
    """See-through parts become black, as the background of most medical pictures is."""
    if picture.getchannel("A").getextrema() == (255, 255):
        return picture, said  # nothing is see-through
    black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
    return Image.alpha_composite(black, picture), said.with_note("transparent-parts")
