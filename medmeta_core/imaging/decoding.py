"""Bytes → `DecodedFrame`s, distinguished by what the bytes begin with, never by a name."""

from collections.abc import Iterator
from typing import BinaryIO

from medmeta_core.imaging import picture
from medmeta_core.imaging.formats import dicom
from medmeta_core.imaging.formats.readable import BYTES_OF_HEAD, picture_format
from medmeta_core.imaging.formats.signatures import refuse_by_name
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import FrameSelection

ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")


def decode_frames(content: BinaryIO, selection: FrameSelection) -> Iterator[DecodedFrame]:
    """The wanted frames of a DICOM file or a picture.

    Raises:
        Refused: the bytes break a rule.
    """
    head = content.read(BYTES_OF_HEAD)
    content.seek(0)
    if not head:
        raise Refused("empty-file")
    if dicom.is_dicom(head):  # first: its preamble may look like a TIFF
        return dicom.decode(content, selection)
    name = picture_format(head)
    if name is not None:
        return picture.decode(content, selection, name=name)
    if head.startswith(ARCHIVES):
        raise Refused("unsupported-archive")
    refuse_by_name(head)
    if dicom.might_be_dicom(head):
        return dicom.decode(content, selection)
    raise Refused("not-an-image")
