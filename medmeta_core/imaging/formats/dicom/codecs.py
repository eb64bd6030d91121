"""Decoders of codestreams: libjpeg-turbo, CharLS, OpenJPEG and libjxl, through imagecodecs.

They are asked for the samples as they are, colour by pixel, in the codestream's own colours:
what the samples mean is decided by the attributes, elsewhere.
"""

from collections.abc import Callable
from typing import Any

import imagecodecs
import jpeg_ls
import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.formats.dicom.codestream import (
    JPEG,
    JPEG_2000,
    JPEG_LS,
    Codestream,
    end_of,
    end_of_tiles,
    lacks_tiles,
)
from medmeta_core.imaging.formats.jpeg_header import END_OF_IMAGE
from medmeta_core.imaging.refusals import Refused

Samples = NDArray[Any]
Decode = Callable[[bytes, Codestream], Samples]

FAILED = (RuntimeError, ValueError, TypeError, OSError)
"""What imagecodecs raises where a codestream is damaged."""

OTHER_TAIL = b"\x55" * 64
"""Before the end of image: a decoder that still waits for pixels would take it for some."""


def decode_codestream(code: bytes, codestream: Codestream) -> tuple[Samples, bool]:
    """Samples (h, w) or (h, w, n), and whether the codestream ends otherwise than it should.

    Raises:
        Refused: it is damaged, or ends before its pixels do.
    """
    end = end_of(code, codestream)
    if codestream.family == JPEG_2000 and lacks_tiles(code, codestream):
        raise Refused("truncated")  # OpenJPEG would leave them black
    if end is None:
        return _decode_endless(code, codestream), True
    whole = code[:end]
    samples, is_departing = _decode_padded(whole, codestream)
    if (
        codestream.family == JPEG
    ):  # which may end before its pixels do, an end marker behind it or not
        _check_filled(samples, whole[:-2].rstrip(b"\xff"), codestream)
    rest = code[end:].rstrip(b"\0")  # one byte is padding to an even length, of any value
    return samples, is_departing or len(rest) > 1


def _decode_padded(whole: bytes, codestream: Codestream) -> tuple[Samples, bool]:
    """The samples, and whether zeros stand before the end marker that are none of theirs."""
    stripped = whole[:-2].rstrip(b"\0") + END_OF_IMAGE
    if codestream.family == JPEG_2000:
        end = end_of_tiles(whole, codestream)
        is_padded = end is not None and not whole[end:-2].strip(b"\0\xff") and end < len(whole) - 2
        return _decode(whole[:end] + END_OF_IMAGE if is_padded else whole, codestream), is_padded
    if len(stripped) == len(whole):
        return _decode(whole, codestream), False
    try:
        samples = _decode(whole, codestream)
    except Refused:
        return _decode(stripped, codestream), True
    return samples, codestream.family == JPEG_LS and not _is_strict_jpeg_ls(whole)


def _is_strict_jpeg_ls(code: bytes) -> bool:
    """Whether CharLS by itself accepts the end; imagecodecs lets more pass."""
    try:
        jpeg_ls.decode_pixel_data(code)
    except FAILED:
        return False
    return True


def _decode_endless(code: bytes, codestream: Codestream) -> Samples:
    """The samples of a codestream without end marker, if no pixel is missing.

    libjpeg makes up what is missing: pixels are, where it matters what follows them.
    """
    if codestream.family == JPEG_2000:
        end = end_of_tiles(code, codestream)
        if end is None or code[end:].strip(b"\0\xff"):
            raise Refused("truncated")
        return _decode(code[:end] + END_OF_IMAGE, codestream)
    if codestream.family == JPEG:
        code = code.rstrip(b"\xff")  # half a marker
    try:
        samples = _decode(code + END_OF_IMAGE, codestream)
    except Refused as refused:
        raise Refused("truncated") from refused
    if codestream.family == JPEG:
        _check_filled(samples, code, codestream)
    return samples


def _check_filled(samples: Samples, endless: bytes, codestream: Codestream) -> None:
    """Refuse samples of a JPEG that change with what stands before its end: some are made up."""
    other = _decode(endless + OTHER_TAIL + END_OF_IMAGE, codestream)
    if not np.array_equal(samples, other):
        raise Refused("truncated")


def _decode(code: bytes, codestream: Codestream) -> Samples:
    try:
        return DECODERS[codestream.family](code, codestream)
    except FAILED as error:
        raise Refused("decoder-failed") from error


def _decode_jpeg(code: bytes, codestream: Codestream) -> Samples:
    space = "RGB" if codestream.samples == 3 else None
    samples: Samples = imagecodecs.jpeg8_decode(code, colorspace=space, outcolorspace=space)
    return samples


def _decode_jpeg_ls(code: bytes, codestream: Codestream) -> Samples:  # noqa: ARG001
    samples: Samples = imagecodecs.jpegls_decode(code)
    return samples


def _decode_jpeg_2000(code: bytes, codestream: Codestream) -> Samples:  # noqa: ARG001
    samples: Samples = imagecodecs.jpeg2k_decode(code, numthreads=1)
    return samples


def decode_jpeg_xl(code: bytes) -> Samples:
    """Samples (h, w) or, in RGB whatever they were before, (h, w, 3).

    Raises:
        Refused: the frame is damaged.
    """
    try:
        samples: Samples = imagecodecs.jpegxl_decode(code, numthreads=1)
    except FAILED as error:
        raise Refused("decoder-failed") from error
    return samples


DECODERS: dict[str, Decode] = {
    JPEG: _decode_jpeg,
    JPEG_LS: _decode_jpeg_ls,
    JPEG_2000: _decode_jpeg_2000,
}
