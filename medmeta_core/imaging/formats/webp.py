"""WebP → `Raster`: stills through libwebp, the first picture of an animation through Pillow."""

from io import BytesIO

import imagecodecs
from PIL import WebPImagePlugin

from medmeta_core.imaging.formats.pillow_formats import orientation_in, raster_of
from medmeta_core.imaging.formats.raster import Raster, check_size
from medmeta_core.imaging.refusals import Refused

ANIMATION = 0x02  # a flag of VP8X
LOSSY_START = b"\x9d\x01\x2a"
LOSSLESS_SIGNATURE = 0x2F


def read_webp(code: bytes) -> Raster:
    """The picture; of an animation the first, for which Pillow needs three times the memory.

    Raises:
        Refused: it is too large, or breaks a rule.
    """
    chunks = _chunks(code)
    extended = chunks.get(b"VP8X", b"")
    if extended[:1] and extended[0] & ANIMATION:
        picture = WebPImagePlugin.WebPImageFile(BytesIO(code))
        check_size(*picture.size, bytes_per_pixel=12)
        return raster_of(picture, (picture.info.get("icc_profile"), None))
    check_size(*_sides(chunks))
    samples = imagecodecs.webp_decode(code)
    has_alpha = samples.shape[2] == 4
    return Raster(
        samples=samples[..., :3],
        whole=(0.0, 255.0),
        alpha=samples[..., 3] if has_alpha else None,
        opaque=255,
        orientation=orientation_in(chunks.get(b"EXIF", b"")),
        profile=chunks.get(b"ICCP"),
    )


def _chunks(code: bytes) -> dict[bytes, bytes]:
    """The first chunk of each name (RFC 9649, 2.3)."""
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(code):
        n_bytes = int.from_bytes(code[at + 4 : at + 8], "little")
        chunks.setdefault(code[at : at + 4], code[at + 8 : at + 8 + n_bytes])
        at += 8 + n_bytes + n_bytes % 2
    return chunks


def _sides(chunks: dict[bytes, bytes]) -> tuple[int, int]:
    """(width, height) of the bitstream, which is what is decoded."""
    lossy, lossless = chunks.get(b"VP8 ", b""), chunks.get(b"VP8L", b"")
    if lossy[3:6] == LOSSY_START and len(lossy) >= 10:
        width, height = (int.from_bytes(lossy[i : i + 2], "little") & 0x3FFF for i in (6, 8))
        return width, height
    if lossless[:1] == bytes([LOSSLESS_SIGNATURE]) and len(lossless) >= 5:
        bits = int.from_bytes(lossless[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise Refused("decoder-failed")
