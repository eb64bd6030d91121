"""BMP with 16 or 32 bits a pixel and masks for its colours, of any width and order."""

import struct
from typing import BinaryIO

import numpy as np

from medmeta_core.imaging.formats.raster import Raster, Samples, check_size
from medmeta_core.imaging.refusals import Refused

BI_BITFIELDS = (3, 6)  # the second with a mask for alpha
MASKS_AT = 54
V5_HEADER_BYTES = 124
PROFILE_EMBEDDED = b"DEBM"
MAX_PROFILE_BYTES = 2**24
WITH_ALPHA_MASK_BYTES = 56
"""Headers from this length on have a fourth mask; of shorter ones, none but BI 6."""


def bitmap_raster(content: BinaryIO) -> Raster | None:
    """The picture of a BMP with masks; None for another BMP.

    Raises:
        Refused: its masks or its size cannot be.
    """
    content.seek(0)
    head = content.read(MASKS_AT + 16)
    if len(head) < MASKS_AT + 12:
        return None
    start, n_header, width, height = struct.unpack_from("<IIii", head, 10)
    n_bits, compression = struct.unpack_from("<HI", head, 28)
    if n_header < 40 or compression not in BI_BITFIELDS or n_bits not in (16, 32):
        return None
    check_size(width, abs(height))
    has_alpha = n_header >= WITH_ALPHA_MASK_BYTES or compression == 6
    masks = struct.unpack_from("<4I" if has_alpha else "<3I", head, MASKS_AT)
    pixels = _rows(content, start, n_bits=n_bits, shape=(abs(height), width))
    if height > 0:
        pixels = pixels[::-1]  # the lowest row comes first
    colours = np.stack([_channel(pixels, mask) for mask in masks[:3]], axis=-1)
    alpha = _channel(pixels, masks[3]) if has_alpha and masks[3] else None
    return Raster(colours, (0.0, 255.0), alpha=alpha, opaque=255, profile=bitmap_profile(content))


def bitmap_profile(content: BinaryIO) -> bytes | None:
    """The ICC profile in a BMP of version 5."""
    content.seek(14)
    head = content.read(V5_HEADER_BYTES)
    if len(head) < V5_HEADER_BYTES or head[56:60] != PROFILE_EMBEDDED:
        return None
    start, n_bytes = struct.unpack_from("<II", head, 112)
    content.seek(14 + start)
    return content.read(min(n_bytes, MAX_PROFILE_BYTES)) or None


def _rows(content: BinaryIO, start: int, *, n_bits: int, shape: tuple[int, int]) -> Samples:
    n_bytes = n_bits // 8
    stride = -(-shape[1] * n_bytes // 4) * 4
    content.seek(start)
    rows = content.read(stride * shape[0])
    if len(rows) < stride * (shape[0] - 1) + shape[1] * n_bytes:
        raise Refused("truncated")
    rows += bytes(stride * shape[0] - len(rows))
    lines = np.frombuffer(rows, np.uint8).reshape(shape[0], stride)[:, : shape[1] * n_bytes]
    pixels: Samples = np.ascontiguousarray(lines).view(f"<u{n_bytes}")
    return pixels


def _channel(pixels: Samples, mask: int) -> Samples:
    """The bits under a mask as uint8, black and white at the ends."""
    if mask == 0:
        return np.zeros(pixels.shape, np.uint8)
    shift = (mask & -mask).bit_length() - 1
    full = mask >> shift
    if full & (full + 1):
        raise Refused("contradictory-tags", tag="bit-masks")
    levels: Samples = (pixels & pixels.dtype.type(mask)) >> pixels.dtype.type(shift)
    scaled: Samples = np.rint(levels.astype(np.float32) * np.float32(255 / full)).astype(np.uint8)
    return scaled
