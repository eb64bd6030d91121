"""Frames that are compressed: JPEG in all its kinds, RLE, deflated frames."""

import zlib
from io import BytesIO
from typing import Any

import imagecodecs
from numpy.typing import NDArray
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    UID,
    JPEG2000TransferSyntaxes,
    JPEGExtended12Bit,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from medmeta_core.imaging.dicom.codecs import add_plugins
from medmeta_core.imaging.dicom.codestream import read_codestream
from medmeta_core.imaging.dicom.file import DicomFile
from medmeta_core.imaging.dicom.layout import Layout
from medmeta_core.imaging.dicom.native import check_colour, read_native
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import check_pixels

PROGRESSIVE_JPEG = (UID("1.2.840.10008.1.2.4.53"), UID("1.2.840.10008.1.2.4.55"))
JPEG_XL = tuple(UID(f"1.2.840.10008.1.2.4.{n}") for n in (110, 111, 112))
DEFLATED_FRAMES = UID("1.2.840.10008.1.2.8.1")
END_OF_IMAGE = b"\xff\xd9"
UNMARKED = (RLELossless, DEFLATED_FRAMES, *JPEG_XL)
"""Syntaxes whose frames do not tell what they are."""

FAMILIES = (
    (*JPEGTransferSyntaxes, *PROGRESSIVE_JPEG),
    tuple(JPEGLSTransferSyntaxes),
    tuple(JPEG2000TransferSyntaxes),
)

add_plugins()


def read_code(file: DicomFile, layout: Layout, *, number: int) -> bytes:
    """The compressed bytes of frame `number`."""
    offsets = [
        file.dataset.get(keyword)
        for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")
    ]
    file.content.seek(file.pixels.start)
    return get_frame(
        file.content,
        number,
        number_of_frames=layout.n_frames,
        extended_offsets=tuple(offsets) if all(offsets) else None,
    )


def syntax_of(code: bytes, stated: UID | None, *, layout: Layout) -> UID:
    """The stated syntax, unless the frame's first bytes show it to be another.

    Raises:
        Refused: the frame is of no kind read here, or has another size than is stated.
    """
    if stated is not None and stated in UNMARKED:
        return stated
    found = read_codestream(code)
    if found is None:
        is_read_here = any(stated in family for family in FAMILIES)
        raise Refused("decoder-failed") if is_read_here else _unsupported(stated)
    if END_OF_IMAGE not in code.rstrip(b"\0")[-16:]:
        raise Refused("truncated")  # a decoder would fill up what is missing
    check_pixels(found.width, found.height)
    if (found.height, found.width) != (layout.rows, layout.columns):
        raise Refused("contradictory-tags", tag="Rows and Columns")
    family = next(family for family in FAMILIES if found.syntax in family)
    return stated if stated is not None and stated in family else found.syntax


def decode_code(code: bytes, syntax: UID, *, layout: Layout) -> NDArray[Any]:
    """The samples of a compressed frame: (h, w) or, as RGB, (h, w, 3)."""
    if syntax in JPEG_XL and not layout.is_signed:
        return imagecodecs.jpegxl_decode(code, numthreads=1)
    if syntax == DEFLATED_FRAMES:
        inflated = BytesIO(_inflate(code, layout))
        return read_native(inflated, layout.one_frame, pixel_keyword="PixelData")
    if syntax == RLELossless and layout.allocated == 1:
        return read_native(BytesIO(imagecodecs.packbits_decode(code[64:])), layout.one_frame)
    if syntax in PROGRESSIVE_JPEG:
        syntax = JPEGExtended12Bit  # one codec reads them all
    options = layout.one_frame.options
    samples, found = get_decoder(syntax).as_array(encapsulate([code]), index=0, **options)
    check_colour(found, layout)
    return samples


def _inflate(code: bytes, layout: Layout) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(code, layout.one_frame.native_bytes)


def _unsupported(stated: UID | None) -> Refused:
    return Refused("unsupported-encoding", encoding=f"transfer syntax {stated or 'not stated'}")
