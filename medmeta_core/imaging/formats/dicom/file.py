"""`DicomFile`: a parsed file whose pixels stay in the stream until a frame is asked for."""

import zlib
from dataclasses import dataclass
from io import SEEK_END, SEEK_SET, BytesIO
from typing import BinaryIO, Literal, cast

import pydicom
from pydicom.dataset import FileDataset
from pydicom.uid import UID

from medmeta_core.imaging.formats.dicom.kinds import without_pixels
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import Refused

PIXEL_ELEMENTS = {0x0010: "PixelData", 0x0008: "FloatPixelData", 0x0009: "DoubleFloatPixelData"}
EXPLICIT = (b"OB", b"OW", b"OF", b"OD", b"UN")
UNDEFINED_LENGTH = 0xFFFFFFFF

DEFLATED = b"1.2.840.10008.1.2.1.99"
INFLATED = b"1.2.840.10008.1.2.1\0\0\0"


@dataclass(frozen=True, eq=False)
class PixelElement:
    """Where the pixels lie in the stream.

    Attributes:
        keyword: "PixelData", "FloatPixelData" or "DoubleFloatPixelData".
        representation: its value representation, "OB" or "OW"; "" where not stated.
        start: of the value.
        n_bytes: of the value; None where it is encapsulated, that is, in fragments.
    """

    keyword: str
    representation: str
    start: int
    n_bytes: int | None


@dataclass(frozen=True, eq=False)
class DicomFile:
    """A DICOM file: its attributes, the stream, and where in it the pixels lie.

    Attributes:
        syntax: the transfer syntax as stated, or None.
        is_little_endian: of the attributes and of native pixels.
        pixels: where they lie.
    """

    dataset: FileDataset
    content: BinaryIO
    syntax: UID | None
    is_little_endian: bool
    pixels: PixelElement


class _Bounded:
    """A stream that is never asked for more than it has.

    Elements may state any length: a stream would set aside memory for all of it.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._end = stream.seek(0, SEEK_END)
        self.tell = stream.tell
        stream.seek(0)

    def read(self, n_bytes: int = -1) -> bytes:
        n_remaining = self._end - self._stream.tell()
        return self._stream.read(n_remaining if n_bytes < 0 else max(0, min(n_bytes, n_remaining)))

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        return self._stream.seek(offset, whence)


def read_dicom_file(content: BinaryIO) -> DicomFile:
    """The file, parsed up to its pixels.

    Raises:
        Refused: it has no pixels, or inflates too far.
    """
    content = cast(BinaryIO, _Bounded(_inflated(content)))
    dataset = pydicom.dcmread(content, force=True, stop_before_pixels=True)
    stated = dataset.file_meta.get("TransferSyntaxUID")
    is_little_endian = dataset.original_encoding[1] is not False
    pixels = _pixel_element(content, "little" if is_little_endian else "big")
    if pixels is None:
        raise without_pixels(dataset)
    return DicomFile(
        dataset=dataset,
        content=content,
        syntax=UID(str(stated).strip(" \0")) if stated else None,
        is_little_endian=is_little_endian,
        pixels=pixels,
    )


def _pixel_element(content: BinaryIO, order: Literal["little", "big"]) -> PixelElement | None:
    """The element at which the parser stopped."""
    header = content.read(8)
    group, element = (int.from_bytes(header[i : i + 2], order) for i in (0, 2))
    if len(header) < 8 or group != 0x7FE0 or element not in PIXEL_ELEMENTS:
        return None
    # Told by the bytes: some files change to implicit in the middle, whatever they state.
    is_explicit = header[4:6] in EXPLICIT
    n_bytes = int.from_bytes(content.read(4) if is_explicit else header[4:8], order)
    return PixelElement(
        keyword=PIXEL_ELEMENTS[element],
        representation=header[4:6].decode() if is_explicit else "",
        start=content.tell(),
        n_bytes=None if n_bytes == UNDEFINED_LENGTH else n_bytes,
    )


def _inflated(content: BinaryIO) -> BinaryIO:
    """The same stream, or what a deflated file holds, as if it had never been deflated."""
    head = content.read(144)
    n_meta = int.from_bytes(head[140:144], "little") if head[132:138] == b"\2\0\0\0UL" else 0
    meta = head + content.read(min(n_meta, 2**16))
    if DEFLATED not in meta:
        content.seek(0)
        return content
    deflated, inflating = content.read(), zlib.decompressobj(-zlib.MAX_WBITS)
    limit = min(LIMITS.inflated(len(deflated)), LIMITS.memory_bytes // 4)
    try:
        inflated = inflating.decompress(deflated, limit)
    except zlib.error as error:
        raise Refused("decoder-failed") from error
    if inflating.unconsumed_tail:
        raise Refused("inflates-too-far", limit=limit >> 20)
    return BytesIO(meta.replace(DEFLATED, INFLATED) + inflated)
