"""Pictures of the usual formats → `DecodedFrame`s; `formats` has a file for each family."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from medmeta_core.imaging.description import Description
from medmeta_core.imaging.formats.heic import read_heic
from medmeta_core.imaging.formats.jpeg import read_jpeg
from medmeta_core.imaging.formats.jpeg2000 import read_jpeg_2000
from medmeta_core.imaging.formats.pillow_formats import read_bmp, read_other, read_png
from medmeta_core.imaging.formats.raster import Raster
from medmeta_core.imaging.formats.rendering import frame_of
from medmeta_core.imaging.formats.tiff import read_tiff
from medmeta_core.imaging.formats.webp import read_webp
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.notes import noted
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import FrameSelection, frame_numbers

Pages = Iterator[tuple[Raster, int, int]]
"""(picture, its number from 0, how many the file has)."""


def _single(read: Callable[[BinaryIO], Raster]) -> Callable[[BinaryIO, FrameSelection], Pages]:
    """A reader of a format with one picture in a file, or of which the first is read."""

    def read_pages(content: BinaryIO, selection: FrameSelection) -> Pages:
        frame_numbers(selection, 1)
        yield read(content), 0, 1

    return read_pages


READERS: dict[str, Callable[[BinaryIO, FrameSelection], Pages]] = {
    "JPEG": _single(read_jpeg),
    "PNG": _single(read_png),
    "TIFF": read_tiff,
    "HEIC": _single(read_heic),
    "WebP": _single(lambda content: read_webp(content.read())),
    "BMP": _single(read_bmp),
    "JPEG 2000": _single(read_jpeg_2000),
    **{name: _single(partial(read_other, name)) for name in ("AVIF", "GIF", "PNM")},
}
"""Name in `FORMATS` → its reader."""


def decode(content: BinaryIO, selection: FrameSelection, *, name: str) -> Iterator[DecodedFrame]:
    """The wanted frames: the pages of a TIFF; other formats have one.

    Args:
        name: of the format, one of `FORMATS`.

    Raises:
        Refused: the bytes break a rule.
    """
    try:
        content.seek(0)
        for raster, number, n_frames in READERS[name](content, selection):
            description = Description(frame=number, n_frames=n_frames)
            yield noted(frame_of(raster, description))
    except (Refused, GeneratorExit):
        raise
    except MemoryError as error:
        # Sizes that do not fit were refused before: what asks for more is damaged.
        raise Refused("decoder-failed") from error
    except NotImplementedError as error:
        raise Refused("encoding-of-picture") from error
    except Exception as error:  # noqa: BLE001 (decoders raise what they like at damaged bytes)
        is_unknown = "unsupported" in str(error).lower() or "not supported" in str(error).lower()
        raise Refused("encoding-of-picture" if is_unknown else "decoder-failed") from error
