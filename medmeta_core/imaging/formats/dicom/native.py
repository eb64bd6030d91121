"""Frames that are not compressed."""

from dataclasses import replace
from io import SEEK_CUR, SEEK_END
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from medmeta_core.imaging.formats.dicom.bits import used_bits
from medmeta_core.imaging.formats.dicom.colour_space import (
    CONTRADICTORY,
    YBR,
    is_ybr,
    looks_like_ybr,
    ybr_to_rgb,
)
from medmeta_core.imaging.formats.dicom.file import DicomFile
from medmeta_core.imaging.formats.dicom.layout import NOT_CONFORMING, Layout
from medmeta_core.imaging.formats.dicom.stored import Stored
from medmeta_core.imaging.refusals import Refused

NATIVE = ("1.2.840.10008.1.2", ExplicitVRLittleEndian, ExplicitVRBigEndian)
PACKED_BITS = (1, 12)
MAX_COMPARED_BYTES = 2**20
MIN_UNLIKENESS = 0.7
"""Of samples n apart beside that of neighbours; 1 or more in a picture, but for fine stripes."""


def fitted(layout: Layout, file: DicomFile) -> Layout:
    """The layout, with what only the length of the pixels tells.

    Pixels of YBR_FULL_422 that are as long as those of 4:4:4 are such (PS3.3 C.7.6.3.1.2), and
    the other way round. Without Number of Frames there are as many as the pixels hold.

    Raises:
        Refused: too few bytes, or so many more that the layout cannot be true.
    """
    n_bytes = file.pixels.n_bytes
    if n_bytes is None:
        raise Refused("truncated")
    if layout.photometric in YBR:
        layout = _with_colours_by_length(layout, n_bytes)
    if layout.n_frames is None:
        layout = _with_frames_by_length(layout, file, n_bytes)
    _check_length(layout, file, n_bytes)
    return layout


def _with_colours_by_length(layout: Layout, n_bytes: int) -> Layout:
    stated, other = layout, "YBR_FULL" if layout.photometric == "YBR_FULL_422" else "YBR_FULL_422"
    meant = replace(layout, photometric=other)
    if _fits(stated, n_bytes) or not _fits(meant, n_bytes):
        return stated
    return meant.noted(CONTRADICTORY)


def _fits(layout: Layout, n_bytes: int) -> bool:
    """Whether the length is that of the layout, with a byte of padding at most."""
    if layout.n_frames is None:
        n = n_bytes * 8 // layout.frame_bits
        return n > 0 and n_bytes - n * layout.frame_bits // 8 <= 1
    return 0 <= n_bytes - layout.native_bytes <= 1


def _with_frames_by_length(layout: Layout, file: DicomFile, n_bytes: int) -> Layout:
    n = n_bytes * 8 // layout.frame_bits
    several = replace(layout, n_frames=n).noted(NOT_CONFORMING)
    is_several = (
        n > 1
        and layout.frame_bits > 8
        and _fits(several, n_bytes)
        and _has_frames_in_a_row(layout, file, n)
    )
    return several if is_several else layout.one_frame


def _has_frames_in_a_row(layout: Layout, file: DicomFile, n: int) -> bool:
    """Whether it is n frames that the pixels hold, and not one of n times as wide samples.

    Samples of two bytes or of three colours, taken for frames, show it: those that stand n
    apart are more alike than neighbours, or the steps between neighbours differ by place.
    """
    if n not in (2, 3):
        return True
    file.content.seek(file.pixels.start)
    content = file.content.read(MAX_COMPARED_BYTES // n // 2 * n * 2)
    dtype = f"{'<' if file.is_little_endian else '>'}u{max(layout.allocated // 8, 1)}"
    samples = np.frombuffer(content, dtype).astype(np.int64)
    at = np.arange(samples.size - n)
    at = at[at % layout.columns < layout.columns - n]  # not from one row to the next
    if not at.size:
        return True
    steps = np.abs(samples[at + 1] - samples[at])
    apart = np.abs(samples[at + n] - samples[at]).mean()
    by_place = [steps[at % n == place].mean() for place in range(n)]
    is_alike_apart = apart < MIN_UNLIKENESS * steps.mean()
    return not is_alike_apart and bool(min(by_place) >= MIN_UNLIKENESS * max(by_place))


def _check_length(layout: Layout, file: DicomFile, n_bytes: int) -> None:
    needed, n_frames = layout.native_bytes, layout.n_frames or 1
    n_there = file.content.seek(0, SEEK_END) - file.pixels.start
    if min(n_there, n_bytes) < needed:
        raise Refused("truncated")
    if n_bytes - needed >= max(needed // n_frames, 2):
        raise Refused("contradictory-tags", tag="pixel-length")
    if layout.samples == 3 and layout.planar not in (0, 1):
        raise Refused("contradictory-tags", tag="planar-configuration")
    if layout.photometric == "YBR_FULL_422" and layout.columns % 2:
        raise Refused("contradictory-tags", tag="columns")


def read_native(stream: BinaryIO, layout: Layout, *, number: int = 0, **options: Any) -> Stored:
    """Frame `number` of a stream that stands at the first."""
    if layout.allocated in PACKED_BITS:
        return Stored(used_bits(_read_packed(stream, layout, number), layout), layout.stored)
    if layout.samples == 1:
        samples = used_bits(_read(stream, layout, number=number, **options), layout)
        return Stored(samples, layout.stored)
    if layout.photometric == "YBR_FULL" and CONTRADICTORY in layout.notes:
        raw = replace(layout, photometric="RGB")
        samples = used_bits(_read(stream, raw, number=number, **options), layout)
        needs_conversion, note = looks_like_ybr(samples, layout.stored), None
    else:
        samples = used_bits(_read(stream, layout, number=number, **options), layout)
        needs_conversion, note = is_ybr(layout.photometric, None)
    stored = Stored(
        ybr_to_rgb(samples, layout.stored) if needs_conversion else samples, layout.stored
    )
    return stored if note is None else stored.noted(note)


def _read(
    stream: BinaryIO, layout: Layout, *, number: int, is_little_endian: bool = True, **options: Any
) -> NDArray[Any]:
    """All bits of the samples; pixels that share their colour have it each."""
    decoder = get_decoder(ExplicitVRLittleEndian if is_little_endian else ExplicitVRBigEndian)
    samples, _ = decoder.as_array(stream, index=number, raw=True, **layout.options, **options)
    return np.ascontiguousarray(samples, samples.dtype.newbyteorder("="))


def _read_packed(stream: BinaryIO, layout: Layout, number: int) -> NDArray[np.uint16]:
    """Samples of 1 or, as ACR-NEMA has them, 12 bits: low bits first, frames without gaps."""
    n_bits = layout.rows * layout.columns * layout.allocated
    first_byte, skipped = divmod(number * n_bits, 8)
    stream.seek(first_byte, SEEK_CUR)
    content = np.frombuffer(stream.read((skipped + n_bits + 7) // 8), np.uint8)
    bits = np.unpackbits(content, bitorder="little")[skipped : skipped + n_bits]
    weights = 1 << np.arange(layout.allocated, dtype=np.uint16)
    samples = bits.reshape(layout.rows, layout.columns, layout.allocated) @ weights
    return np.asarray(samples, np.uint16)
