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
from medmeta_core.imaging.formats.signatures import picture_format
from medmeta_core.imaging.formats.tiff import read_tiff
from medmeta_core.imaging.formats.webp import read_webp
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.notes import noted
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import Wanted, frame_numbers

READERS: dict[str, Callable[[BinaryIO], Raster]] = {
    "PNG": read_png,
    "JPEG": read_jpeg,
    "JPEG 2000": read_jpeg_2000,
    "BMP": read_bmp,
    "HEIC": read_heic,
    "WebP": lambda content: read_webp(content.read()),
    **{name: partial(read_other, name) for name in ("GIF", "AVIF", "PNM")},
}
"""Formats with one picture in a file, or of which the first is read."""


def decode(content: BinaryIO, wanted: Wanted, *, head: bytes) -> Iterator[DecodedFrame]:
    """The wanted frames: the pages of a TIFF; other formats have one.

    Args:
        head: the first bytes; `picture_format` knows them.

    Raises:
        Refused: the bytes break a rule.
    """
    try:
        for raster, number, n_frames in _rasters(content, wanted, picture_format(head)):
            said = Description(frame=number, n_frames=n_frames)
            yield noted(frame_of(raster, said))
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


def _rasters(
    content: BinaryIO, wanted: Wanted, name: str | None
) -> Iterator[tuple[Raster, int, int]]:
    content.seek(0)
    if name == "TIFF":
        yield from read_tiff(content, wanted)
    else:
        frame_numbers(wanted, 1)
        yield READERS[name or ""](content), 0, 1
