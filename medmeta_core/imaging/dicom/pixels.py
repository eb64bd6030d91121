"""The samples of a frame as they were stored, whatever way they were encoded."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.dicom.compressed import decode_code, read_code, syntax_of
from medmeta_core.imaging.dicom.file import DicomFile
from medmeta_core.imaging.dicom.layout import Layout
from medmeta_core.imaging.dicom.native import NATIVE, check_length, read_native
from medmeta_core.imaging.refusals import Refused

Samples = NDArray[Any]


def read_samples(file: DicomFile, layout: Layout, *, number: int) -> tuple[Samples, bool]:
    """Frame `number`, (h, w) or, as RGB, (h, w, 3), and whether the encoding was guessed.

    Raises:
        Refused: the pixels are cut short, contradict the attributes or cannot be decoded.
    """
    if file.pixels.n_bytes is None:
        code = read_code(file, layout, number=number)
        syntax = syntax_of(code, file.syntax, layout=layout)
        samples, is_guessed = decode_code(code, syntax, layout=layout), syntax != file.syntax
    else:
        check_length(file, layout)
        samples, is_guessed = _native(file, layout, number=number), file.syntax not in NATIVE
    colours = () if layout.samples == 1 else (3,)
    if samples.shape != (layout.rows, layout.columns, *colours):
        raise Refused("contradictory-tags", tag="Rows and Columns")
    return _used_bits(samples, layout), is_guessed


def _native(file: DicomFile, layout: Layout, *, number: int) -> Samples:
    file.content.seek(file.pixels.start)
    return read_native(
        file.content,
        layout,
        number=number,
        pixel_keyword=file.pixels.keyword,
        pixel_vr=file.pixels.representation or "OW",
        is_little_endian=file.is_little_endian,
    )


def _used_bits(samples: Samples, layout: Layout) -> Samples:
    """The bits from the highest used one down; a sign that is not stated must not matter."""
    unused = layout.high + 1 - layout.stored
    if unused:
        samples = np.right_shift(samples, unused)
    is_open = layout.is_signed is None and samples.dtype.kind == "u" and layout.samples == 1
    if is_open and int(samples.max()) >= 2 ** (layout.stored - 1) > 1:
        raise Refused("missing-tag", tag="Pixel Representation")
    return samples
