"""Which pages of a TIFF are the picture: neither thumbnails nor masks nor camera raw."""

from collections.abc import Iterator
from dataclasses import dataclass

import tifffile

from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import Refused

MAX_PAGES = 10_000
MAX_SUB_PAGES = 32

REDUCED, MASK = 1, 4  # bits of NewSubfileType
OLD_REDUCED = 2  # value of SubfileType
DNG_VERSION = 50706
CAMERA_PHOTOMETRICS = (32803, 34892)  # colour filter array, linear raw
SHAPE_TOLERANCE = 0.02


@dataclass(frozen=True)
class Choice:
    """The pages that are pictures, all of one size, and notes on the others."""

    pages: tuple[tifffile.TiffPage, ...]
    notes: tuple[str, ...] = ()


def choose_pages(tiff: tifffile.TiffFile) -> Choice:
    """The pages that NewSubfileType says are pictures; of unequal ones the largest.

    Where a pyramid is larger than what is read, its largest level that is read.

    Raises:
        Refused: the pages are raw data of a camera, too many, or none.
    """
    pages = _pages(tiff)
    _refuse_camera_raw(pages)
    chosen = [page for page in pages if not _is_aside(page)]
    if not chosen:  # a file of thumbnails: their picture may lie below them
        below = [sub for page in pages for sub in _sub_pages(page)]
        _refuse_camera_raw(below)
        chosen = [page for page in below if not _is_aside(page)] or pages
    if len({_shape(page) for page in chosen}) == 1 and _is_read(chosen[0]):
        return Choice(tuple(chosen))
    return _largest(chosen)


def _pages(tiff: tifffile.TiffFile) -> list[tifffile.TiffPage]:
    n_pages = len(tiff.pages)
    if n_pages > MAX_PAGES:
        raise Refused("too-many-frames", found=n_pages, limit=MAX_PAGES)
    pages = [page for page in tiff.pages if isinstance(page, tifffile.TiffPage)]
    if not pages:
        raise Refused("decoder-failed")
    return pages


def _largest(chosen: list[tifffile.TiffPage]) -> Choice:
    """The largest page; if that is too large, the largest smaller picture of the same shape."""
    largest = max(chosen, key=_area)
    levels = [*chosen, *(sub for page in chosen for sub in _sub_pages(page))]
    fitting = [page for page in levels if _is_read(page) and _is_of_shape(page, largest)]
    if _is_read(largest) or not fitting:
        notes = ("frames-differ-in-size",) if len({_shape(page) for page in chosen}) > 1 else ()
        return Choice((largest,), notes)
    return Choice((max(fitting, key=_area),), ("reduced-size",))


def _refuse_camera_raw(pages: list[tifffile.TiffPage]) -> None:
    for page in pages:
        if DNG_VERSION in page.tags or page.photometric in CAMERA_PHOTOMETRICS:
            raise Refused("camera-raw")


def _sub_pages(page: tifffile.TiffPage) -> Iterator[tifffile.TiffPage]:
    if not page.subifds or page.pages is None:
        return
    for i, sub in enumerate(page.pages):
        if i >= MAX_SUB_PAGES:
            return
        if isinstance(sub, tifffile.TiffPage):
            yield sub


def _is_aside(page: tifffile.TiffPage) -> bool:
    """Whether a page is a thumbnail or a mask."""
    new, old = page.tags.valueof(254, 0), page.tags.valueof(255, 0)
    is_marked = isinstance(new, int) and bool(new & (REDUCED | MASK))
    return is_marked or (254 not in page.tags and old == OLD_REDUCED)


def _shape(page: tifffile.TiffPage) -> tuple[int, int]:
    return page.imagelength, page.imagewidth


def _area(page: tifffile.TiffPage) -> int:
    return int(page.imagelength * page.imagewidth)


def _is_read(page: tifffile.TiffPage) -> bool:
    return _area(page) <= LIMITS.decoded_pixels


def _is_of_shape(page: tifffile.TiffPage, largest: tifffile.TiffPage) -> bool:
    """Whether two pages have the same ratio of sides."""
    aspect, other = (max(p.imagewidth, 1) / max(p.imagelength, 1) for p in (page, largest))
    return bool(abs(aspect / other - 1) < SHAPE_TOLERANCE)
