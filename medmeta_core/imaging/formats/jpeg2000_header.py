"""What a JPEG 2000 codestream says before its tiles (ISO/IEC 15444-1, A.4 to A.6), and its end."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

START = b"\xff\x4f\xff\x51"
JP2_BOX = b"\x00\x00\x00\x0cjP  "
END_OF_CODESTREAM = b"\xff\xd9"
TILE_PART = b"\xff\x90"
SIZE, CODING_STYLE = 0x51, 0x52


@dataclass(frozen=True)
class Jpeg2000Header:
    """From the segments SIZ and COD.

    Attributes:
        n_bits: (n_components,) of the samples of each component.
        n_tiles: that the size calls for.
        n_levels: how often the size can be halved; None where no COD says it.
        is_transformed: whether the decoder undoes a transform of colours.
        body: where the first tile-part begins, or the code ends.
    """

    width: int
    height: int
    n_bits: tuple[int, ...]
    n_tiles: int
    n_levels: int | None = None
    is_transformed: bool = False
    body: int = 0


def read_jpeg_2000_header(code: bytes) -> Jpeg2000Header | None:
    """The header of a bare codestream; None where it is none, or has no whole SIZ."""
    segments = dict[int, bytes]()
    body = 2
    for marker, content, end in _segments(code) if code.startswith(START) else ():
        segments.setdefault(marker, content)
        body = end
    size, style = segments.get(SIZE, b""), segments.get(CODING_STYLE, b"")
    # Rsiz, then Xsiz, Ysiz, XOsiz, YOsiz and the same of a tile, Csiz, components (A.5.1)
    right, bottom, left, top, *tile = (_number(size, at, 4) for at in range(2, 34, 4))
    n_components = _number(size, 34, 2)
    if n_components == 0 or len(size) < 36 + 3 * n_components or 0 in tile[:2]:
        return None
    across, down = math.ceil((right - tile[2]) / tile[0]), math.ceil((bottom - tile[3]) / tile[1])
    return Jpeg2000Header(
        width=right - left,
        height=bottom - top,
        n_bits=tuple((depth & 0x7F) + 1 for depth in size[36 : 36 + 3 * n_components : 3]),
        n_tiles=across * down,
        n_levels=style[5] if len(style) > 5 else None,
        is_transformed=style[4:5] == b"\1",
        body=body if code[body : body + 2] == TILE_PART else len(code),
    )


def bare(code: bytes) -> bytes:
    """The codestream without the boxes of a JP2 file about it."""
    return code[max(code.find(START), 0) :] if code.startswith(JP2_BOX) else code


def tiles(code: bytes, at: int) -> tuple[set[int], int]:
    """The numbers of the tiles from `at` on, and where they end, as far as lengths are true."""
    numbers = set[int]()
    while code[at : at + 2] == TILE_PART:
        numbers.add(_number(code, at + 4, 2))
        length = _number(code, at + 6, 4)
        if length < 12 or at + length > len(code):
            break  # 0: up to the end
        at += length
    return numbers, at


def _segments(code: bytes) -> Iterator[tuple[int, bytes, int]]:
    """(second byte of the marker, content, end) of each segment before the first tile-part."""
    at = 2
    while code[at : at + 1] == b"\xff" and code[at : at + 2] != TILE_PART:
        end = at + 2 + max(_number(code, at + 2, 2), 2)
        if end > len(code):
            return
        yield code[at + 1], code[at + 4 : end], end
        at = end


def _number(code: bytes, at: int, n_bytes: int) -> int:
    return int.from_bytes(code[at : at + n_bytes], "big")
