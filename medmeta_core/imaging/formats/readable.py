"""The formats that are read, and how their files begin; names and endings are never asked.

A format is a line of `FORMATS` and a reader in `medmeta_core.imaging.picture.READERS`. Sentences
that name the formats, on pages, in refusals and on the command line, are made from `FORMATS`.
"""

import re
from collections.abc import Callable, Mapping

BYTES_OF_HEAD = 512
"""As many bytes of a file as a test of its beginning may look at."""

TIFF_BEGINNINGS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two: offsets of 64 bits
JPEG_2000_BEGINNINGS = (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")  # the second: a bare codestream
PORTABLE_ANYMAP = (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6")
AVIF_BRANDS = (b"avif", b"avis")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1")


def brands(head: bytes) -> list[bytes]:
    """The brands of an ISO base media file, the major one first; none for another file."""
    if head[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]


def is_canon_raw(head: bytes) -> bool:
    """Whether it is a CR2, which begins like a TIFF."""
    return head[:4] == b"II*\0" and head[8:10] == b"CR"


def _is_avif(head: bytes) -> bool:
    return any(brand in AVIF_BRANDS for brand in brands(head))


def _is_heic(head: bytes) -> bool:
    return not _is_avif(head) and any(brand in HEIC_BRANDS for brand in brands(head))


def _is_pnm(head: bytes) -> bool:
    return head.startswith(PORTABLE_ANYMAP) and bool(re.match(rb"\s+[#\d]", head[2:]))


FORMATS: Mapping[str, Callable[[bytes], bool]] = {
    "JPEG": lambda head: head.startswith(b"\xff\xd8\xff"),  # JPEG-LS and lossless JPEG as well
    "PNG": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "TIFF": lambda head: head.startswith(TIFF_BEGINNINGS) and not is_canon_raw(head),
    "HEIC": _is_heic,
    "AVIF": _is_avif,
    "WebP": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    "GIF": lambda head: head.startswith((b"GIF87a", b"GIF89a")),
    "BMP": lambda head: head.startswith(b"BM"),
    "JPEG 2000": lambda head: head.startswith(JPEG_2000_BEGINNINGS),
    "PNM": _is_pnm,
}
"""Name → whether a file with this beginning is one; in the order in which they are named.

DICOM is not among them: it has a reader of its own (`formats.dicom`) and comes first.
"""

FORMAT_NAMES = ", ".join(FORMATS)
"""For sentences in any language: "JPEG, PNG, …"."""


def picture_format(head: bytes) -> str | None:
    """The picture format that a file begins like; None where it is none that is read here."""
    return next((name for name, begins in FORMATS.items() if begins(head)), None)
