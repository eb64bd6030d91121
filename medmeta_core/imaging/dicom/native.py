"""Frames that are not compressed."""

from collections.abc import Mapping
from io import SEEK_CUR, SEEK_END
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from medmeta_core.imaging.dicom.file import DicomFile
from medmeta_core.imaging.dicom.layout import Layout
from medmeta_core.imaging.refusals import Refused

NATIVE = ("1.2.840.10008.1.2", ExplicitVRLittleEndian, ExplicitVRBigEndian)
PACKED_BITS = (1, 12)


def check_length(file: DicomFile, layout: Layout) -> None:
    """Compare the bytes that are there with those that the layout needs.

    Raises:
        Refused: too few, or so many more that the layout cannot be true.
    """
    needed, pixels = layout.native_bytes, file.pixels
    n_there = file.content.seek(0, SEEK_END) - pixels.start
    if pixels.n_bytes is None or min(n_there, pixels.n_bytes) < needed:
        raise Refused("truncated")
    if pixels.n_bytes - needed >= max(needed // layout.n_frames, 2):
        raise Refused("contradictory-tags", tag="the length of its pixels")


def read_native(
    stream: BinaryIO, layout: Layout, *, number: int = 0, **options: Any
) -> NDArray[Any]:
    """Frame `number` of a stream that stands at the first: (h, w) or, as RGB, (h, w, 3)."""
    if layout.allocated in PACKED_BITS:
        return _read_packed(stream, layout, number=number)
    is_little_endian = options.pop("is_little_endian", True)
    decoder = get_decoder(ExplicitVRLittleEndian if is_little_endian else ExplicitVRBigEndian)
    samples, found = decoder.as_array(stream, index=number, **layout.options, **options)
    check_colour(found, layout)
    return samples


def check_colour(found: Mapping[str, Any], layout: Layout) -> None:
    """Refuse colours that were not turned into RGB; `found` is what pydicom says of them."""
    if layout.samples == 3 and found["photometric_interpretation"] != "RGB":
        raise Refused("unsupported-encoding", encoding="Photometric Interpretation")


def _read_packed(stream: BinaryIO, layout: Layout, *, number: int) -> NDArray[np.uint16]:
    """Samples of 1 or, as ACR-NEMA has them, 12 bits: low bits first, frames without gaps."""
    n_bits = layout.rows * layout.columns * layout.allocated
    first_byte, skipped = divmod(number * n_bits, 8)
    stream.seek(first_byte, SEEK_CUR)
    content = np.frombuffer(stream.read((skipped + n_bits + 7) // 8), np.uint8)
    bits = np.unpackbits(content, bitorder="little")[skipped : skipped + n_bits]
    weights = 1 << np.arange(layout.allocated, dtype=np.uint16)
    samples = bits.reshape(layout.rows, layout.columns, layout.allocated) @ weights
    return np.asarray(samples, np.uint16)
