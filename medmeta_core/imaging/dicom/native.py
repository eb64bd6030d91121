"""Frames that are not compressed."""

from io import SEEK_END
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from medmeta_core.imaging.dicom.file import DicomFile, PixelElement
from medmeta_core.imaging.dicom.layout import Layout
from medmeta_core.imaging.refusals import Refused

NATIVE = ("1.2.840.10008.1.2", ExplicitVRLittleEndian, ExplicitVRBigEndian)


def check_length(file: DicomFile, pixels: PixelElement, layout: Layout) -> None:
    """Compare the bytes that are there with those that the layout needs.

    Raises:
        Refused: too few, or so many more that the layout cannot be true.
    """
    needed = layout.native_bytes
    n_there = file.content.seek(0, SEEK_END) - pixels.start
    if pixels.n_bytes is None or min(n_there, pixels.n_bytes) < needed:
        raise Refused("truncated")
    if pixels.n_bytes - needed >= max(needed // layout.n_frames, 2):
        raise Refused("contradictory-tags", tag="the length of its pixels")


def read_native(stream: BinaryIO, layout: Layout, number: int, **options: Any) -> NDArray[Any]:
    """Frame `number` of a stream that stands at the first: (h, w) or, as RGB, (h, w, 3)."""
    if layout.allocated == 12:
        return _read_12_bit(stream, layout, number)
    is_little_endian = options.pop("is_little_endian", True)
    decoder = get_decoder(ExplicitVRLittleEndian if is_little_endian else ExplicitVRBigEndian)
    samples, _ = decoder.as_array(stream, index=number, **layout.options, **options)
    return samples


def _read_12_bit(stream: BinaryIO, layout: Layout, number: int) -> NDArray[Any]:
    """Two samples in three bytes, low bits first, as ACR-NEMA packs them."""
    n_samples = layout.rows * layout.columns
    first_bit = n_samples * 12 * number
    if first_bit % 8 or n_samples % 2:
        raise Refused("unsupported-encoding", encoding="12 bits allocated")
    stream.seek(first_bit // 8, 1)
    low, middle, high = np.frombuffer(stream.read(n_samples * 3 // 2), "u1").reshape(-1, 3).T
    pairs = np.empty((n_samples // 2, 2), np.uint16)
    pairs[:, 0] = low | (middle & 15).astype(np.uint16) << 8
    pairs[:, 1] = middle >> 4 | high.astype(np.uint16) << 4
    return pairs.reshape(layout.rows, layout.columns)
