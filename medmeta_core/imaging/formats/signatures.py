"""What a file is that is not read here, by its first bytes."""

from medmeta_core.imaging.formats.readable import brands, is_canon_raw
from medmeta_core.imaging.refusals import Refused

OTHERS = {
    "camera-raw": (b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM"),
    "jpeg-xl": (b"\xff\x0a", b"\0\0\0\x0cJXL "),
    "jpeg-xr": (b"II\xbc\1",),
    "photoshop-file": (b"8BPS",),
    "vector-drawing": (b"%!PS", b"\xc5\xd0\xd3\xc6", b"\xd7\xcd\xc6\x9a"),
    "document": (b"%PDF", b"{\\rtf", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    "video": (b"\x1aE\xdf\xa3", b"\0\0\1\xba", b"\0\0\1\xb3", b"FLV\1", b"0&\xb2u\x8ef\xcf\x11"),
    "volume-file": (b"NRRD000", b"\x89HDF\r\n", b"CDF\1", b"CDF\2", b"MATLAB 5.0", b"\x93NUMPY"),
    "microscope-file": (b"ZISRAWFILE", b"\xda\xce\xbe\x0a"),
    "other-picture": (
        *(b"\0\0\1\0", b"\0\0\2\0", b"\x0a\5\1", b"v/1\1", b"#?RADIANCE", b"DDS |", b"qoif"),
        *(b"SIMPLE  =", b"gimp xcf", b"icns", b"\x97JB2", b"AT&TFORM", b"FLIF", b"BPG\xfb"),
        *(b"\x59\xa6\x6a\x95", b"\x01\xda\0", b"\x01\xda\1", b"\x8aMNG", b"\x8bJNG", b"P7\n"),
        *(b"Pf\n", b"PF\n"),
    ),
}
"""Rule of the refusal → beginnings of files that clinicians do have, and that are not read."""


def refuse_by_name(head: bytes) -> None:
    """Refuse a file of a known format that is not read here, so that its sentence can help.

    Raises:
        Refused: by the rule of its kind.
    """
    for rule, beginnings in OTHERS.items():
        if head.startswith(beginnings):
            raise Refused(rule)
    if is_canon_raw(head) or b"crx " in brands(head):
        raise Refused("camera-raw")
    if brands(head) or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        raise Refused("video")
    if head[344:347] in (b"n+1", b"ni1") or head[4:7] in (b"n+2", b"ni2"):
        raise Refused("volume-file")  # NIfTI
    _refuse_text(head.lstrip(b"\xef\xbb\xbf \t\r\n").lower())


def _refuse_text(text: bytes) -> None:
    if b"<svg" in text:
        raise Refused("vector-drawing")
    if text.startswith((b"<!doctype html", b"<html")):
        raise Refused("document")
    if text.startswith((b"objecttype", b"ndims")):
        raise Refused("volume-file")  # MetaImage
