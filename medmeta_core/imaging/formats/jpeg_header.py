"""The header of a JPEG or JPEG-LS file (ISO/IEC 10918-1, B.1 and B.2), and where it ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

LOSSLESS, JPEG_LS_PROCESS = 0xC3, 0xF7
FRAME_HEADERS = (
    *(*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)),
    JPEG_LS_PROCESS,
)
PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
STANDALONE = (0x00, 0x01, *range(0xD0, 0xD9))
START_OF_SCAN, JFIF, ADOBE = 0xDA, 0xE0, 0xEE
END_OF_IMAGE = b"\xff\xd9"


@dataclass(frozen=True)
class JpegHeader:
    """What the segments before the first scan say.

    Attributes:
        process: the second byte of the frame header's marker: 0xC0 baseline, 0xC2 progressive, …
        n_bits: of a sample.
        ids: (n_components,) of the components.
        factors: (horizontal, vertical) sampling factors of each component.
        body: where the pixels begin.
        is_jfif: whether it bears a JFIF marker.
        adobe: the transform that an Adobe marker states: 0 none, 1 YCbCr; None without one.
    """

    process: int
    n_bits: int
    height: int
    width: int
    ids: bytes
    factors: tuple[tuple[int, int], ...]
    body: int = 0
    is_jfif: bool = False
    adobe: int | None = None

    @property
    def n_components(self) -> int:
        return len(self.factors)

    @property
    def is_progressive(self) -> bool:
        return self.process in PROGRESSIVE

    @property
    def is_dct(self) -> bool:
        """Whether a cosine transform was used, which loses something."""
        return self.process not in (LOSSLESS, JPEG_LS_PROCESS)

    @property
    def coefficient_bytes(self) -> float:
        """Bytes a pixel that a decoder needs to hold all coefficients, of 16 bits each."""
        widest = max(h for h, _ in self.factors) * max(v for _, v in self.factors)
        return 2 * sum(h * v for h, v in self.factors) / max(widest, 1)


class Segment(NamedTuple):
    """A marker's second byte, what follows marker and length, and where that ends."""

    marker: int
    content: bytes
    end: int


def read_jpeg_header(code: bytes) -> JpegHeader | None:
    """The header; None where no whole frame header comes before the pixels."""
    segments = list(_segments(code))
    frame = next((one for one in segments if one.marker in FRAME_HEADERS), None)
    n_components = frame.content[5] if frame and len(frame.content) > 5 else 0
    if frame is None or n_components == 0 or len(frame.content) < 6 + 3 * n_components:
        return None
    components = frame.content[6 : 6 + 3 * n_components]
    return JpegHeader(
        process=frame.marker,
        n_bits=frame.content[0],
        height=_number(frame.content, 1),
        width=_number(frame.content, 3),
        ids=components[::3],
        factors=tuple((factor >> 4, factor & 15) for factor in components[1::3]),
        body=segments[-1].end,
        is_jfif=bool(_named(segments, JFIF, b"JFIF")),
        adobe=next((one[6] for one in _named(segments, ADOBE, b"Adobe") if len(one) > 6), None),
    )


def application_data(code: bytes, marker: int, name: bytes) -> list[bytes]:
    """What the segments of a marker hold after their name: EXIF, parts of a profile."""
    return _named(list(_segments(code)), marker, name)


def end_of_image(code: bytes, body: int) -> int | None:
    """Where the end-of-image marker stands behind the header; None where none does.

    Coded pixels cannot hold it, nor can the tables between the scans of a progressive file.
    """
    end = code.find(END_OF_IMAGE, body)
    return end if end >= 0 else None


def _named(segments: list[Segment], marker: int, name: bytes) -> list[bytes]:
    return [
        one.content[len(name) :]
        for one in segments
        if one.marker == marker and one.content.startswith(name)
    ]


def _segments(code: bytes) -> Iterator[Segment]:
    """The segments up to the start of the first scan, which is the last of them."""
    at = code.find(b"\xff", 2)  # decoders skip what is between segments
    while 0 <= at <= len(code) - 4:
        marker, end = code[at + 1], at + 2
        if marker == 0xFF:
            end = at + 1
        elif marker not in STANDALONE:
            end += max(_number(code, at + 2), 2)
            yield Segment(marker, code[at + 4 : end], end)
        at = code.find(b"\xff", end) if marker != START_OF_SCAN else -1


def _number(code: bytes, at: int) -> int:
    return int.from_bytes(code[at : at + 2], "big")
