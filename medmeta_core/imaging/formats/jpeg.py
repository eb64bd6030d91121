"""JPEG → `Raster`: 8 bits through Pillow, 12 bits, lossless and JPEG-LS through imagecodecs."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import BinaryIO

import imagecodecs
import numpy as np
from PIL import JpegImagePlugin

from medmeta_core.imaging.formats.jpeg_header import (
    END_OF_IMAGE,
    JPEG_LS_PROCESS,
    LOSSLESS,
    JpegHeader,
    application_data,
    end_of_image,
    read_jpeg_header,
)
from medmeta_core.imaging.formats.pillow_formats import orientation_in, raster_of
from medmeta_core.imaging.formats.raster import Raster, check_size, reduction, whole_of
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import too_many_pixels

LARGEST_REDUCTION = 8  # of libjpeg
FILLER = b"\x5a\xa5" * 32
"""Before the end of image: a decoder that still waits for pixels would take it for some."""

BY_PILLOW = (0xC0, 0xC1, 0xC2, 0xC9, 0xCA)  # baseline, extended, progressive, with arithmetic code
EXIF_NAME, ICC_NAME = b"Exif\0\0", b"ICC_PROFILE\0"
BY_IMAGECODECS = (0xC1, 0xC2, LOSSLESS, JPEG_LS_PROCESS)


def read_jpeg(content: BinaryIO) -> Raster:
    """The picture of a JPEG file of any of the standard's usual processes.

    Raises:
        Refused: it is too large, cut off, or of a process that nobody uses.
    """
    code = content.read()
    header = read_jpeg_header(code)
    if header is None:
        raise Refused("decoder-failed")
    if header.process in BY_PILLOW and header.n_bits == 8:
        factor = reduction(header.width, header.height)
        _check_reduction(header, factor)
        raster = _whole(code, header, partial(_by_pillow, factor=factor))
        return raster.with_note("reduced-size") if factor > 1 else raster
    check_size(header.width, header.height, bytes_per_pixel=2 * header.n_components)
    if header.process not in BY_IMAGECODECS:
        raise Refused("encoding-of-jpeg")
    return _whole(code, header, partial(_by_imagecodecs, header=header))


def _whole(code: bytes, header: JpegHeader, decode: Callable[[bytes], Raster]) -> Raster:
    """The picture of a file that may lack its end of image, if it lacks nothing else.

    libjpeg makes up what is missing and does not tell, an end of image behind it or not; but
    what it makes up depends on what comes after, so that two continuations tell. CharLS tells
    by itself.

    Raises:
        Refused: pixels are missing.
    """
    end = end_of_image(code, header.body)
    if end is not None:
        raster = decode(code)
        if header.process != JPEG_LS_PROCESS and _may_be_made_up(raster, header):
            _check_filled(raster, code[:end].rstrip(b"\xff"), decode)
        return raster
    # Half a marker; and what JPEG-LS, unlike libjpeg, takes for pixels.
    code = code.rstrip(b"\xff" if header.process != JPEG_LS_PROCESS else b"\0\xff")
    raster = decode(code + END_OF_IMAGE)
    if header.process != JPEG_LS_PROCESS:
        _check_filled(raster, code, decode)
    return raster.with_note("not-conforming")


def _check_filled(raster: Raster, endless: bytes, decode: Callable[[bytes], Raster]) -> None:
    """Refuse a picture that changes with what stands before its end: some of it is made up."""
    other = decode(endless + FILLER + END_OF_IMAGE)
    if not np.array_equal(raster.samples, other.samples):
        raise Refused("truncated")


def _may_be_made_up(raster: Raster, header: JpegHeader) -> bool:
    """Whether the last pixel is the middle grey with which libjpeg fills up what is missing.

    Without a cosine transform it goes on with its prediction, which does not tell.
    """
    middle = 2 ** (header.n_bits - 1)
    last = raster.samples[-1, -1].astype(np.int64)
    return header.process == LOSSLESS or bool((np.abs(last - middle) <= 1).all())


def _check_reduction(header: JpegHeader, factor: int) -> None:
    """Refuse what libjpeg cannot make small enough, or what it must hold whole to do so."""
    n_pixels = header.width * header.height
    limit = LIMITS.pixels * LARGEST_REDUCTION**2
    if header.is_progressive:
        limit = min(limit, int(LIMITS.memory_bytes / 2 / header.coefficient_bytes))
    if factor > LARGEST_REDUCTION or n_pixels > limit:
        raise too_many_pixels(n_pixels, limit)


def _by_pillow(code: bytes, *, factor: int) -> Raster:
    picture = JpegImagePlugin.JpegImageFile(BytesIO(code))
    if factor > 1:
        width, height = picture.size
        picture.draft("", (-(-width // factor), -(-height // factor)))
    return raster_of(picture, (picture.info.get("icc_profile"), None))


def _by_imagecodecs(code: bytes, *, header: JpegHeader) -> Raster:
    is_jpeg_ls = header.process == JPEG_LS_PROCESS
    decode = imagecodecs.jpegls_decode if is_jpeg_ls else imagecodecs.jpeg8_decode
    samples = decode(code)
    if samples.shape[:2] != (header.height, header.width):
        raise Refused("decoder-failed")
    exif = application_data(code, 0xE1, EXIF_NAME)
    parts = sorted(application_data(code, 0xE2, ICC_NAME))
    return Raster(
        samples,
        whole_of(samples.dtype, header.n_bits),
        orientation=orientation_in(exif[0]) if exif else 1,
        profile=b"".join(part[2:] for part in parts) or None,  # after number and count
    )
