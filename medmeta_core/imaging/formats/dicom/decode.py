"""A DICOM file → its wanted frames."""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from pydicom.config import disable_value_validation

from medmeta_core.imaging.formats.dicom.colour import colour_frame, levels_of_rgb
from medmeta_core.imaging.formats.dicom.describe import describe
from medmeta_core.imaging.formats.dicom.file import read_dicom_file
from medmeta_core.imaging.formats.dicom.grey import grey_frame
from medmeta_core.imaging.formats.dicom.palette import WITH_COLOURS, coloured, read_palette
from medmeta_core.imaging.formats.dicom.patient import patient_digest
from medmeta_core.imaging.formats.dicom.pixels import Pixels, open_pixels
from medmeta_core.imaging.formats.dicom.tags import Tags
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.notes import noted
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import FrameSelection, frame_numbers

MARK = slice(128, 132)
FIRST_GROUPS = (b"\x02\0", b"\x08\0", b"\0\x08")
"""With which a file without preamble begins, the last in big-endian."""

BYTES_OF_A_SAMPLE = 32
"""That a frame takes at most: 4 for the decoder, 4 for the values, and copies of both."""


def is_dicom(head: bytes) -> bool:
    """Whether the first bytes are those of a DICOM file with its preamble."""
    return head[MARK] == b"DICM"


def might_be_dicom(head: bytes) -> bool:
    """Whether the first bytes could be those of a DICOM file without preamble."""
    return head[:2] in FIRST_GROUPS


def decode(content: BinaryIO, selection: FrameSelection) -> Iterator[DecodedFrame]:
    """The wanted frames.

    Raises:
        Refused: the bytes break a rule.
    """
    with disable_value_validation():
        try:
            file = read_dicom_file(content)
            pixels = open_pixels(file)
        except MemoryError as error:
            raise Refused("decoder-failed") from error  # nothing of the pixels is read yet
        for number in frame_numbers(selection, pixels.n_frames):
            yield noted(_frame_or_damage(pixels, number))


def _frame_or_damage(pixels: Pixels, number: int) -> DecodedFrame:
    """The frame; where memory did not do that must do for such a frame, the file is damaged."""
    try:
        return _frame(pixels, number)
    except MemoryError as error:
        layout = pixels.layout
        n_samples = layout.rows * layout.columns * layout.samples
        if n_samples * BYTES_OF_A_SAMPLE > LIMITS.memory_bytes // 2:
            raise
        raise Refused("decoder-failed") from error


def _frame(pixels: Pixels, number: int) -> DecodedFrame:
    file, layout = pixels.file, pixels.layout
    tags = Tags.of_frame(file.dataset, number)
    stored = pixels.stored(number)
    description = describe(tags, file.syntax, number=number, n_frames=pixels.n_frames)
    for note in stored.notes:
        description = description.with_note(note)
    if layout.samples == 3:
        frame = colour_frame(levels_of_rgb(stored), tags, description=description)
    elif layout.photometric == "PALETTE COLOR":
        palette = read_palette(file, span=layout.span)
        if palette is None:
            raise Refused("missing-tag", tag="palette")
        frame = colour_frame(palette(stored), tags, description=description)
    else:
        frame = grey_frame(stored.samples, tags, layout=layout, description=description)
        if tags.code("PixelPresentation") in WITH_COLOURS:
            palette = read_palette(file, span=layout.span)
            frame = frame if palette is None else coloured(frame, palette, stored)
    return replace(frame, patient=patient_digest(tags))
