"""A DICOM file → its wanted frames."""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from pydicom.config import disable_value_validation

from medmeta_core.imaging.dicom.colour import levels_of_palette, levels_of_rgb
from medmeta_core.imaging.dicom.describe import describe
from medmeta_core.imaging.dicom.file import DicomFile, read_dicom_file
from medmeta_core.imaging.dicom.grey import grey_frame
from medmeta_core.imaging.dicom.layout import Layout, read_layout
from medmeta_core.imaging.dicom.pixels import read_samples
from medmeta_core.imaging.dicom.patient import patient_digest
from medmeta_core.imaging.dicom.tags import Tags
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.notes import noted
from medmeta_core.imaging.selection import Wanted, frame_numbers

MARK = slice(128, 132)
FIRST_GROUPS = (b"\x02\0", b"\x08\0", b"\0\x08")
"""With which a file without preamble begins, the last in big-endian."""


def is_dicom(head: bytes) -> bool:
    """Whether the first bytes are those of a DICOM file with its preamble."""
    return head[MARK] == b"DICM"


def might_be_dicom(head: bytes) -> bool:
    """Whether the first bytes could be those of a DICOM file without preamble."""
    return head[:2] in FIRST_GROUPS


def decode(content: BinaryIO, wanted: Wanted) -> Iterator[DecodedFrame]:
    """The wanted frames.

    Raises:
        Refused: the bytes break a rule.
    """
    with disable_value_validation():
        file = read_dicom_file(content)
        layout = read_layout(Tags(file.dataset), file.pixels.keyword)
        for number in frame_numbers(wanted, layout.n_frames):
            yield noted(_frame(file, layout, number=number))


def _frame(file: DicomFile, layout: Layout, *, number: int) -> DecodedFrame:
    tags = Tags.of_frame(file.dataset, number)
    samples, is_guessed = read_samples(file, layout, number=number)
    said = describe(tags, file.syntax, number=number, n_frames=layout.n_frames)
    said = said.with_note("guessed-transfer-syntax") if is_guessed else said
    said = said.with_note("tags-assumed") if layout.is_assumed else said
    if layout.photometric == "PALETTE COLOR":
        frame = DecodedFrame(said, levels=levels_of_palette(samples, file))
    elif layout.samples == 3:
        frame = DecodedFrame(said, levels=levels_of_rgb(samples, layout.stored))
    else:
        frame = grey_frame(samples, tags, said=said)
    return replace(frame, patient=patient_digest(tags))
