"""Frames that are compressed: JPEG in all its kinds, RLE, deflated frames."""

import zlib
from io import BytesIO

import imagecodecs
import numpy as np
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    UID,
    JPEG2000TransferSyntaxes,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from medmeta_core.imaging.formats.dicom.bits import used_bits
from medmeta_core.imaging.formats.dicom.codecs import Samples, decode_codestream, decode_jpeg_xl
from medmeta_core.imaging.formats.dicom.codestream import (
    JPEG,
    JPEG_2000,
    JPEG_LS,
    STARTS,
    Codestream,
    read_codestream,
)
from medmeta_core.imaging.formats.dicom.colour_space import (
    CONTRADICTORY,
    is_ybr,
    looks_like_ybr,
    must_be_looked_at,
    ybr_to_rgb,
)
from medmeta_core.imaging.formats.dicom.encapsulation import RUN_LENGTHS
from medmeta_core.imaging.formats.dicom.layout import Layout
from medmeta_core.imaging.formats.dicom.native import read_native
from medmeta_core.imaging.formats.dicom.stored import NOT_CONFORMING, Stored
from medmeta_core.imaging.formats.jpeg2000_header import bare
from medmeta_core.imaging.formats.jpeg_header import END_OF_IMAGE
from medmeta_core.imaging.refusals import Refused

PROGRESSIVE_JPEG = (UID("1.2.840.10008.1.2.4.53"), UID("1.2.840.10008.1.2.4.55"))
JPEG_XL = tuple(UID(f"1.2.840.10008.1.2.4.{n}") for n in (110, 111, 112))
DEFLATED_FRAMES = UID("1.2.840.10008.1.2.8.1")
FAMILIES: dict[str, tuple[UID, ...]] = {
    JPEG: (*JPEGTransferSyntaxes, *PROGRESSIVE_JPEG),
    JPEG_LS: tuple(JPEGLSTransferSyntaxes),
    JPEG_2000: tuple(JPEG2000TransferSyntaxes),
}
RUST_PANIC = "PanicException"
GUESSED = "guessed-transfer-syntax"
VIDEO = ("MPEG", "HEVC", "SMPTE")


def read_compressed(code: bytes, stated: UID | None, *, layout: Layout) -> Stored:
    """The frame that is compressed in `code`; what its bytes are counts, not what is stated.

    Raises:
        Refused: it is of no kind read here, damaged, or of another shape than is stated.
    """
    codestream = read_codestream(bare(code))
    if codestream is not None:
        return _read_codestream(code, stated, codestream=codestream, layout=layout)
    if stated in JPEG_XL:
        return _read_jpeg_xl(code, layout)
    if stated == DEFLATED_FRAMES:
        inflated = BytesIO(_inflate(code, layout))
        return read_native(inflated, layout.one_frame, pixel_keyword="PixelData")
    if stated == RLELossless or code.startswith(RUN_LENGTHS):
        stored = _read_run_lengths(code, layout)
        return stored if stated == RLELossless else stored.noted(GUESSED)
    if code.startswith(STARTS) and END_OF_IMAGE not in code:
        raise Refused("truncated")  # within its header
    is_read_here = any(stated in family for family in FAMILIES.values())
    raise Refused("decoder-failed") if is_read_here else unsupported(stated)


def _read_codestream(
    code: bytes, stated: UID | None, *, codestream: Codestream, layout: Layout
) -> Stored:
    if (codestream.height, codestream.width) != (layout.rows, layout.columns):
        raise Refused("contradictory-tags", tag="rows-and-columns")
    if codestream.samples != layout.samples:
        raise Refused("contradictory-tags", tag="samples-per-pixel")
    if codestream.precision > layout.allocated:
        raise Refused("contradictory-tags", tag="bits-allocated")
    decoded, is_departing = decode_codestream(bare(code), codestream)
    samples = used_bits(decoded, layout, precision=codestream.precision, is_dct=codestream.is_dct)
    n_bits = min(layout.stored, codestream.precision)
    stored = _in_rgb(samples, layout, codestream=codestream, n_bits=n_bits)
    is_departing |= len(bare(code)) < len(code)
    stored = stored.noted(NOT_CONFORMING) if is_departing else stored
    return stored if stated in FAMILIES[codestream.family] else stored.noted(GUESSED)


def _in_rgb(
    samples: Samples, layout: Layout, *, codestream: Codestream | None, n_bits: int
) -> Stored:
    if layout.samples == 1:
        return Stored(samples, n_bits)
    needs_conversion, note = is_ybr(layout.photometric, codestream)
    if must_be_looked_at(layout.photometric, codestream):
        needs_conversion, note = looks_like_ybr(samples, n_bits), CONTRADICTORY
    stored = Stored(ybr_to_rgb(samples, n_bits) if needs_conversion else samples, n_bits)
    return stored if note is None else stored.noted(note)


def _read_jpeg_xl(code: bytes, layout: Layout) -> Stored:
    decoded = decode_jpeg_xl(code)
    precision = min(8 * decoded.dtype.itemsize, 64)
    samples = used_bits(decoded, layout, precision=precision)
    return Stored(samples, min(layout.stored, precision))


def _read_run_lengths(code: bytes, layout: Layout) -> Stored:
    """Run lengths come plane by plane, whatever Planar Configuration says (PS3.5 G.2)."""
    if layout.allocated == 1:
        return read_native(BytesIO(imagecodecs.packbits_decode(code[64:])), layout.one_frame)
    plain = "RGB" if layout.samples == 3 else "MONOCHROME2"
    options = layout.one_frame.options
    options |= {"photometric_interpretation": plain, "planar_configuration": 0}
    try:
        decoded, _ = get_decoder(RLELossless).as_array(encapsulate([code]), index=0, **options)
    except BaseException as error:
        if type(error).__name__ == RUST_PANIC:  # no Exception: it would end the child
            raise Refused("decoder-failed") from error
        raise
    samples = used_bits(np.ascontiguousarray(decoded), layout)
    return _in_rgb(samples, layout, codestream=None, n_bits=layout.stored)


def _inflate(code: bytes, layout: Layout) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(code, layout.one_frame.native_bytes)


def unsupported(stated: UID | None) -> Refused:
    """The refusal of a transfer syntax; named only where it is one of the standard's own."""
    if stated is None:
        return Refused("unsupported-encoding", encoding="not-stated")
    if stated.name == stated:  # pydicom knows the names of the standard's
        return Refused("unsupported-encoding", encoding="not-of-the-standard")
    if any(word in stated.name for word in VIDEO):
        return Refused("unsupported-encoding", encoding="video", uid=str(stated))
    return Refused("unsupported-encoding", encoding="transfer-syntax", uid=str(stated))
