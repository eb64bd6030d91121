"""TIFF → `Raster`s, through tifffile: the pages that are pictures, in every usual encoding."""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import imagecodecs
import numpy as np
import tifffile

from medmeta_core.imaging.formats.raster import Raster, Samples, check_size, whole_of
from medmeta_core.imaging.formats.tiff_colour import lab_to_rgb, looked_up
from medmeta_core.imaging.formats.tiff_pages import Choice, choose_pages
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import FrameSelection, frame_numbers

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, SEPARATED, YCBCR = range(7)
CIELAB, ICCLAB = 8, 9
PHOTOMETRICS = (*range(7), CIELAB, ICCLAB)
JPEG_COMPRESSIONS = (6, 7, 34892)
PREMULTIPLIED, UNASSOCIATED = 1, 2  # of ExtraSamples
INKS_ARE_CMYK = 1  # of InkSet
N_COLOURS = {RGB: 3, SEPARATED: 4, YCBCR: 3, CIELAB: 3, ICCLAB: 3}


def read_tiff(content: BinaryIO, selection: FrameSelection) -> Iterator[tuple[Raster, int, int]]:
    """(picture, its number, how many there are) for the wanted pages.

    Raises:
        Refused: it breaks a rule.
    """
    content.seek(0)
    with tifffile.TiffFile(content, name="picture.tif") as tiff:
        choice = choose_pages(tiff)
        for number in frame_numbers(selection, len(choice.pages)):
            yield _raster(tiff, choice, number), number, len(choice.pages)


def _raster(tiff: tifffile.TiffFile, choice: Choice, number: int) -> Raster:
    page = choice.pages[number]
    _check(tiff, page)
    raster = _coloured(page, _samples(tiff, page))
    orientation = page.tags.valueof(274, 1)
    profile = page.tags.valueof(34675)
    is_turned = isinstance(orientation, int) and 1 <= orientation <= 8
    return replace(
        raster,
        orientation=orientation if is_turned else 1,
        profile=profile if isinstance(profile, bytes) and raster.profile is None else None,
        notes=(*choice.notes, *raster.notes),
    )


def _check(tiff: tifffile.TiffFile, page: tifffile.TiffPage) -> None:
    """Refuse by arithmetic what is too large, cut off, or of an encoding that is not read."""
    if page.dtype is None or page.dtype.kind not in "buif":
        raise Refused("encoding-of-tiff")
    n_bytes = max(1, page.samplesperpixel * page.dtype.itemsize) * max(1, page.imagedepth)
    check_size(page.imagewidth, page.imagelength, bytes_per_pixel=n_bytes)
    is_known = page.compression == 1 or page.compression in tifffile.TIFF.DECOMPRESSORS
    if page.photometric not in PHOTOMETRICS or not is_known:
        raise Refused("encoding-of-tiff")
    n_there = tiff.filehandle.size
    pairs = zip(page.dataoffsets, page.databytecounts, strict=False)
    if any(offset + n > n_there for offset, n in pairs):
        raise Refused("truncated")


def _samples(tiff: tifffile.TiffFile, page: tifffile.TiffPage) -> Samples:
    """(height, width, channels), the middle of a page with depth."""
    if page.photometric == YCBCR and page.compression not in JPEG_COMPRESSIONS:
        return _by_libtiff(tiff, page)
    separate, depth, height, width, contiguous = page.shaped
    samples: Samples = page.asarray(squeeze=False, maxworkers=1)[:, depth // 2]
    if contiguous == 1:
        return np.moveaxis(samples[..., 0], 0, -1)
    return samples[0] if separate == 1 else samples.reshape(height, width, -1)


def _by_libtiff(tiff: tifffile.TiffFile, page: tifffile.TiffPage) -> Samples:
    """RGB of a page whose colours libtiff converts; of 8 bits only."""
    if page.dtype != np.uint8 or not isinstance(page.index, int):
        raise Refused("encoding-of-tiff")
    tiff.filehandle.seek(0)
    content = tiff.filehandle.read()
    samples: Samples = imagecodecs.tiff_decode(content, page.index, asrgb=True)
    return samples[..., :3]


def _coloured(page: tifffile.TiffPage, samples: Samples) -> Raster:
    """Grey, RGB or CMYK of the samples (h, w, channels) as the page says they are meant."""
    photometric = page.photometric
    whole = whole_of(samples.dtype, page.bitspersample if samples.dtype.kind in "ui" else None)
    n_colours = N_COLOURS.get(photometric, 1)
    if samples.shape[2] < n_colours:
        raise Refused("encoding-of-tiff")
    raster = _with_extras(page, samples, n_colours=n_colours, whole=whole)
    if photometric == PALETTE:
        return replace(raster, samples=looked_up(page, raster.samples), whole=(0.0, 65535.0))
    if photometric in (CIELAB, ICCLAB):
        rgb = lab_to_rgb(page, raster.samples)
        return replace(
            raster, samples=rgb, whole=(0.0, 255.0), profile=b""
        )  # no other profile holds
    if photometric == SEPARATED and page.tags.valueof(332, INKS_ARE_CMYK) != INKS_ARE_CMYK:
        raise Refused("encoding-of-tiff")
    return replace(raster, is_white_zero=photometric == WHITE_IS_ZERO)


def _with_extras(
    page: tifffile.TiffPage,
    samples: Samples,
    *,
    n_colours: int,
    whole: tuple[float, float] | None,
) -> Raster:
    """The colours; of the extra samples the first that is an alpha, the others left out."""
    colours = samples[..., 0] if n_colours == 1 else samples[..., :n_colours]
    stated = tuple(int(extra) for extra in page.extrasamples)
    extras = stated[: samples.shape[2] - n_colours]
    at = next((i for i, extra in enumerate(extras) if extra in (PREMULTIPLIED, UNASSOCIATED)), None)
    raster = Raster(colours, whole)
    if samples.shape[2] - n_colours > (0 if at is None else 1):
        raster = raster.with_note("extra-channels")
    if at is None:
        return raster
    return replace(
        raster,
        alpha=samples[..., n_colours + at],
        opaque=1.0 if whole is None else whole[1],
        is_premultiplied=extras[at] == PREMULTIPLIED,
    )
