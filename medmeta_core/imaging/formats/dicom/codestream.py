"""What a compressed frame says of itself before it is decoded, and where it ends."""

import math
from dataclasses import dataclass, field

J2K_START = b"\xff\x4f\xff\x51"
JP2_BOX = b"\x00\x00\x00\x0cjP  "
JPEG_START = b"\xff\xd8"
STARTS = (J2K_START, JP2_BOX, JPEG_START)
END_OF_IMAGE = b"\xff\xd9"

JPEG, JPEG_LS, JPEG_2000 = "JPEG", "JPEG-LS", "JPEG 2000"
FAMILY_OF_FRAME_HEADER = {
    0xC0: JPEG,
    0xC1: JPEG,
    0xC2: JPEG,  # progressive, decoded by the same codec
    0xC3: JPEG,
    0xF7: JPEG_LS,
}
LOSSLESS_HEADERS = (0xC3, 0xF7)
STANDALONE = (0x01, *range(0xD0, 0xD9))
APP0, APP14, SCAN = 0xE0, 0xEE, 0xDA
CODING_STYLE, TILE_PART = b"\xff\x52", b"\xff\x90"


@dataclass(frozen=True)
class Codestream:
    """The header of a JPEG, JPEG-LS or JPEG 2000 frame.

    Attributes:
        family: `JPEG`, `JPEG_LS` or `JPEG_2000`.
        samples: of a pixel.
        precision: bits of a sample.
        is_dct: whether it is a cosine transform, which loses something.
        body: where the pixels begin.
        is_jfif: whether it bears a JFIF marker.
        adobe: the transform that an Adobe marker states: 0 none, 1 YCbCr; None without one.
        ids: of the components.
        is_transformed: whether the decoder undoes a transform of colours (JPEG 2000).
        n_tiles: that the size calls for (JPEG 2000).
    """

    family: str
    height: int
    width: int
    samples: int
    precision: int
    is_dct: bool = False
    body: int = 0
    is_jfif: bool = False
    adobe: int | None = None
    ids: bytes = b""
    is_transformed: bool = False
    n_tiles: int = 0


def bare(code: bytes) -> bytes:
    """The codestream of a frame, without the boxes of a JP2 file about it."""
    return code[max(code.find(J2K_START), 0) :] if code.startswith(JP2_BOX) else code


def read_codestream(code: bytes) -> Codestream | None:
    """The header of a bare codestream; None where it is of no kind known here."""
    if code.startswith(J2K_START):
        return _read_j2k(code)
    return _read_jpeg(code) if code.startswith(JPEG_START) else None


def end_of(code: bytes, found: Codestream) -> int | None:
    """Where the codestream ends, behind its end marker; None where it has none.

    In none of the three encodings can the marker occur among the coded pixels.
    """
    start = _tiles(code, found.body)[1] if found.family == JPEG_2000 else found.body
    at = code.find(END_OF_IMAGE, start)
    return None if at < 0 else at + 2


def lacks_tiles(code: bytes, found: Codestream) -> bool:
    """Whether a JPEG 2000 codestream has fewer tiles than its size calls for."""
    return len(_tiles(code, found.body)[0]) < found.n_tiles


def end_of_tiles(code: bytes, found: Codestream) -> int | None:
    """Where the tile-parts of JPEG 2000 end by their lengths; None where tiles or lengths lack."""
    numbers, end = _tiles(code, found.body)
    is_known = end > found.body and code[end : end + 2] != TILE_PART
    return end if len(numbers) >= found.n_tiles and is_known else None


def _read_j2k(code: bytes) -> Codestream | None:
    if len(code) < 43:
        return None
    # SIZ: Lsiz, Rsiz, then Xsiz, Ysiz, XOsiz, YOsiz and the same of a tile (ISO/IEC 15444-1 A.5.1)
    right, bottom, left, top, *tile = (_number(code, i, 4) for i in range(8, 40, 4))
    if 0 in tile[:2]:
        return None
    across, down = math.ceil((right - tile[2]) / tile[0]), math.ceil((bottom - tile[3]) / tile[1])
    body = code.find(TILE_PART)
    style = code.find(CODING_STYLE, 0, max(body, 0))
    return Codestream(
        JPEG_2000,
        bottom - top,
        right - left,
        samples=_number(code, 40, 2),
        precision=(code[42] & 0x7F) + 1,
        body=body if body > 0 else len(code),
        is_transformed=style > 0 and code[style + 8 : style + 9] == b"\1",
        n_tiles=across * down,
    )


def _tiles(code: bytes, at: int) -> tuple[set[int], int]:
    """The numbers of the tiles, and where their parts end, as far as their lengths are true."""
    numbers = set[int]()
    while code[at : at + 2] == TILE_PART:
        numbers.add(_number(code, at + 4, 2))
        length = _number(code, at + 6, 4)
        if length < 12 or at + length > len(code):
            break  # 0: up to the end
        at += length
    return numbers, at


@dataclass
class _Markers:
    """What the segments before the first scan say."""

    fields: dict[str, int] = field(default_factory=dict)
    family: str = ""
    ids: bytes = b""
    is_dct: bool = False
    is_jfif: bool = False
    adobe: int | None = None

    def read(self, marker: int, segment: bytes) -> None:
        """Take in a segment, without its marker and its length."""
        if marker in FAMILY_OF_FRAME_HEADER and not self.family and len(segment) >= 6:
            self.family = FAMILY_OF_FRAME_HEADER[marker]
            self.is_dct = marker not in LOSSLESS_HEADERS
            self.fields = {
                "precision": segment[0],
                "height": _number(segment, 1, 2),
                "width": _number(segment, 3, 2),
                "samples": segment[5],
            }
            self.ids = segment[6::3][: segment[5]]
        elif marker == APP0 and segment.startswith(b"JFIF"):
            self.is_jfif = True
        elif marker == APP14 and segment.startswith(b"Adobe") and len(segment) >= 12:
            self.adobe = segment[11]


def _read_jpeg(code: bytes) -> Codestream | None:
    at, seen = 2, _Markers()
    while at + 4 <= len(code) and code[at] == 0xFF:
        marker, length = code[at + 1], _number(code, at + 2, 2)
        if marker == 0xFF or marker in STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        seen.read(marker, code[at + 4 : at + 2 + length])
        at += 2 + length
        if marker == SCAN:
            break
    if not seen.family:
        return None
    return Codestream(
        seen.family,
        seen.fields["height"],
        seen.fields["width"],
        samples=seen.fields["samples"],
        precision=seen.fields["precision"],
        is_dct=seen.is_dct,
        body=at,
        is_jfif=seen.is_jfif,
        adobe=seen.adobe,
        ids=seen.ids,
    )


def _number(code: bytes, at: int, n_bytes: int) -> int:
    return int.from_bytes(code[at : at + n_bytes], "big")
