"""Pictures of our own making, for tests: encoders are those of Pillow, tifffile and imagecodecs."""

import base64
import io
import zlib
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from made_dicom import decoded, image_of
from PIL import Image

from medmeta_core.imaging.refusals import Refused

HEIGHT, WIDTH = 72, 80
_Y, _X = np.mgrid[:HEIGHT, :WIDTH]
GREY = ((3 * _X + 2 * _Y) % 256).astype(np.uint8)
GREY[0, 0], GREY[-1, -1] = 0, 255
COLOUR = np.stack([_X * 3, _Y * 3, 255 - _X - 2 * _Y], axis=-1).astype(np.uint8)
GREY_16 = GREY.astype(np.uint16) * np.uint16(257)
COLOUR_16 = COLOUR.astype(np.uint16) * np.uint16(257)

QUADRANTS = np.array([[(200, 60, 60), (60, 200, 60)], [(60, 60, 200), (230, 230, 230)]], np.uint8)
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAVVtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABeQABAAAAAAAAAEEAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABo"
    "dmMxAAAAAA5waXRtAAAAAAABAAAA1WlwcnAAAAC2aXBjbwAAAHdodmNDAQQIAAAAnjgAAAAAHvAA/P/4+AAADwNgAAEA"
    "F0ABDAH//wQIAAADAJ44AAADAAAeugJAYQABACpCAQEECAAAAwCeOAAAAwAAHpAEECCy3UklNc3AQ0GBAAADABkAAAMA"
    "AQhiAAEACEQBwXKGDAIkAAAAE2NvbHJuY2x4AAEADQAGgAAAABRpc3BlAAAAAAAAAEAAAABAAAAAEHBpeGkAAAAAAwgI"
    "CAAAABdpcG1hAAAAAAAAAAEAAQSBAgMEAAAASW1kYXQAAAA9KAGvBjha/P038zgf//5yG+h/ih+bCV/SUn//qiF//8ZT"
    "yxmPyvWsb9W/R//nwUQ40H8a8ZifUrHdfaV0wA=="
)
"""64 by 64 pixels, the QUADRANTS in turn; made with x265, for which no encoder is installed."""


def saved(picture: Image.Image | np.ndarray, kind: str, **options: Any) -> bytes:
    """The file that Pillow writes."""
    out = io.BytesIO()
    picture = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    picture.save(out, kind, **options)
    return out.getvalue()


def tiff_of(*pages: tuple[np.ndarray, dict[str, Any]] | np.ndarray, **options: Any) -> bytes:
    """The file that tifffile writes: pages with options of their own, and options for all."""
    out = io.BytesIO()
    container = {k: options.pop(k) for k in ("byteorder", "bigtiff") if k in options}
    with tifffile.TiffWriter(out, **container) as writer:
        for page in pages:
            pixels, options_of_page = page if isinstance(page, tuple) else (page, {})
            writer.write(pixels, **({"metadata": None} | options | options_of_page))
    return out.getvalue()


def jpeg2000_of(pixels: np.ndarray, **options: Any) -> bytes:
    """A lossless JPEG 2000 file."""
    code: bytes = imagecodecs.jpeg2k_encode(pixels, level=0, **options)
    return code


def png_of(width: int, height: int, *, chunks: bytes = b"") -> bytes:
    """A PNG that claims a size; its one row of pixels is never reached."""
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", size + b"\x08\0\0\0\0")
        + chunks
        + png_chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + png_chunk(b"IEND", b"")
    )


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk with its length and checksum."""
    checksum = zlib.crc32(kind + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + kind + content + checksum


def with_png_chunk(png: bytes, kind: bytes, content: bytes) -> bytes:
    """The PNG with one more chunk after its header."""
    return png[:33] + png_chunk(kind, content) + png[33:]


def levels_of(content: bytes) -> np.ndarray:
    """(h, w) or (h, w, 3) as shown, from 0 to 255."""
    levels = np.asarray(image_of(content).pixels.transpose(1, 2, 0), np.float64) * 255
    return levels[..., 0] if levels.shape[2] == 1 else levels


def notes_of(content: bytes) -> tuple[str, ...]:
    """The notes on a picture."""
    return decoded(content).description.notes


def rule_of(content: bytes) -> str:
    """The rule by which a picture is refused, decoded in this process."""
    with pytest.raises(Refused) as caught:
        decoded(content)
    return caught.value.rule
