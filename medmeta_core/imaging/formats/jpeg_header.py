"""The frame header of a JPEG or JPEG-LS file (ISO/IEC 10918-1, B.2.2), and its end."""

from collections.abc import Iterator
from dataclasses import dataclass

FRAME_HEADERS = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))
JPEG_LS_FRAME_HEADER = 0xF7
STANDALONE = (0x01, *range(0xD0, 0xD9))
START_OF_SCAN = b"\xff\xda"
END_OF_IMAGE = b"\xff\xd9"
PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)


@dataclass(frozen=True)
class JpegHeader:
    """What a frame header says.

    Attributes:
        process: the second byte of the marker: 0xC0 baseline, 0xC2 progressive, …
        n_bits: of a sample.
        factors: (horizontal, vertical) sampling factors of each component.
    """

    process: int
    n_bits: int
    height: int
    width: int
    factors: tuple[tuple[int, int], ...]

    @property
    def n_components(self) -> int:
        return len(self.factors)

    @property
    def is_progressive(self) -> bool:
        return self.process in PROGRESSIVE

    @property
    def coefficient_bytes(self) -> float:
        """Bytes a pixel that a decoder needs to hold all coefficients, of 16 bits each."""
        widest = max(h for h, _ in self.factors) * max(v for _, v in self.factors)
        return 2 * sum(h * v for h, v in self.factors) / max(widest, 1)


def read_header(code: bytes) -> JpegHeader | None:
    """The first frame header; None where none comes before the pixels."""
    for marker, at in _segments(code):
        if marker in FRAME_HEADERS or marker == JPEG_LS_FRAME_HEADER:
            return _frame_header(code, at)
    return None


def application_data(code: bytes, marker: int, name: bytes) -> list[bytes]:
    """What the segments of a marker hold after their name: EXIF, parts of a profile."""
    start = 4 + len(name)
    return [
        code[at + start : at + 2 + _number(code, at + 2)]
        for found, at in _segments(code)
        if found == marker and code[at + 4 : at + start] == name
    ]


def _segments(code: bytes) -> Iterator[tuple[int, int]]:
    """(second byte of the marker, where it begins) of each segment before the pixels."""
    at = 2
    while at + 9 < len(code):
        if code[at] != 0xFF:
            at += 1  # decoders skip what is between segments
            continue
        marker = code[at + 1]
        if marker == START_OF_SCAN[1]:
            return
        if marker in (0xFF, 0x00, *STANDALONE):
            at += 1 if marker == 0xFF else 2
            continue
        yield marker, at
        at += 2 + _number(code, at + 2)


def end_of_pixels(code: bytes) -> int | None:
    """Where the end of image stands that follows the first scan; None where none does.

    Pixels cannot hold it, nor can the tables between the scans of a progressive file.
    """
    at = 2
    for _, segment in _segments(code):
        at = segment + 2 + _number(code, segment + 2)
    end = code.find(END_OF_IMAGE, at)
    return end if end >= 0 else None


def _frame_header(code: bytes, at: int) -> JpegHeader | None:
    n_components = code[at + 9]
    factors = [code[i] for i in range(at + 11, min(at + 11 + 3 * n_components, len(code)), 3)]
    if n_components == 0 or len(factors) < n_components:
        return None
    return JpegHeader(
        process=code[at + 1],
        n_bits=code[at + 4],
        height=_number(code, at + 5),
        width=_number(code, at + 7),
        factors=tuple((factor >> 4, factor & 15) for factor in factors),
    )


def _number(code: bytes, at: int) -> int:
    return int.from_bytes(code[at : at + 2], "big")
