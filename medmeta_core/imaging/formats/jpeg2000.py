"""JPEG 2000 (JP2 and bare codestreams) → `Raster`: 8 bits through Pillow, more through OpenJPEG."""

from dataclasses import replace
from io import BytesIO
from typing import BinaryIO

import imagecodecs
from PIL import Jpeg2KImagePlugin

from medmeta_core.imaging.formats.jpeg2000_header import (
    END_OF_CODESTREAM,
    START,
    Jpeg2000Header,
    read_jpeg_2000_header,
)
from medmeta_core.imaging.formats.pillow_formats import raster_of
from medmeta_core.imaging.formats.raster import Raster, check_size, reduction, whole_of
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import too_many_pixels

COLOUR_BOX = b"colr"
ICC_METHODS = (2, 3)
LARGEST_REDUCTION = 8  # as for JPEG: what is left out is decoded all the same
BYTES_A_SAMPLE = 4
"""OpenJPEG computes in 32 bits."""

MAX_HEADER_BYTES = 2**20
N_COMPONENTS = range(1, 17)


def read_jpeg_2000(content: BinaryIO) -> Raster:
    """The picture; a large one at half, a quarter, … of its size, as its wavelets allow.

    Raises:
        Refused: it is too large, or breaks a rule.
    """
    code = content.read()
    bare = code.rstrip(b"\0")
    if code.startswith(START) and not bare.endswith(END_OF_CODESTREAM):
        # OpenJPEG asks for it, and tells by itself where pixels are missing.
        code = bare.rstrip(b"\xff") + END_OF_CODESTREAM
        return _whole(code).with_note("not-conforming")
    return _whole(code)


def _whole(code: bytes) -> Raster:
    size = _size_of(code)
    if size.width * size.height > LIMITS.pixels * LARGEST_REDUCTION**2:
        raise too_many_pixels(size.width * size.height, LIMITS.pixels * LARGEST_REDUCTION**2)
    factor = max(reduction(size.width, size.height), _reduction_for_memory(size))
    n_halvings = min(factor.bit_length() - 1, size.n_levels or 0)
    size_read = (-(-size.width >> n_halvings), -(-size.height >> n_halvings))
    check_size(*size_read, bytes_per_pixel=BYTES_A_SAMPLE * len(size.n_bits))
    if max(size.n_bits) > 8:
        check_size(size.width, size.height, bytes_per_pixel=BYTES_A_SAMPLE * len(size.n_bits))
        profile = _profile(code)
        if profile is not None:  # imagecodecs would apply it, with a rougher table than ours
            code = code[code.find(START) :]
        return replace(_deep(code, size), profile=profile)
    picture = Jpeg2KImagePlugin.Jpeg2KImageFile(BytesIO(code))
    if picture.size != (size.width, size.height):
        raise Refused("decoder-failed")
    picture.reduce = n_halvings
    picture.load()  # from here on its size is the smaller one
    raster = raster_of(picture, (_profile(code), None))
    return raster.with_note("reduced-size") if n_halvings else raster


def _reduction_for_memory(size: Jpeg2000Header) -> int:
    factor = 1
    n_bytes = size.width * size.height * BYTES_A_SAMPLE * len(size.n_bits)
    while n_bytes // factor**2 > LIMITS.decoded_bytes:
        factor *= 2
    return factor


def _deep(code: bytes, size: Jpeg2000Header) -> Raster:
    samples = imagecodecs.jpeg2k_decode(code)
    if samples.shape[:2] != (size.height, size.width):
        raise Refused("decoder-failed")
    whole = whole_of(samples.dtype, max(size.n_bits))
    if samples.ndim == 2:
        return Raster(samples, whole)
    n_channels = samples.shape[2]
    if n_channels in (2, 4):
        opaque = 0.0 if whole is None else whole[1]
        colours = samples[..., 0] if n_channels == 2 else samples[..., :3]
        return Raster(colours, whole, alpha=samples[..., -1], opaque=opaque)
    if n_channels != 3:
        raise Refused("encoding-of-picture")
    return Raster(samples, whole)


def _profile(code: bytes) -> bytes | None:
    """The ICC profile of a JP2 file (ISO/IEC 15444-1, I.5.3.3)."""
    at = code.find(COLOUR_BOX, 0, max(code.find(START), 0))
    if at < 4 or code[at + 4] not in ICC_METHODS:
        return None
    return code[at + 7 : at - 4 + _number(code, at - 4, 4)]


def _size_of(code: bytes) -> Jpeg2000Header:
    at = code.find(START, 0, MAX_HEADER_BYTES)
    size = read_jpeg_2000_header(code[at : at + MAX_HEADER_BYTES]) if at >= 0 else None
    if size is None or size.n_levels is None or len(size.n_bits) not in N_COMPONENTS:
        raise Refused("decoder-failed")
    return size


def _number(code: bytes, at: int, n_bytes: int) -> int:
    return int.from_bytes(code[at : at + n_bytes], "big")
