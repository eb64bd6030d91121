"""What a compressed frame says of itself before it is decoded, and where it ends."""

from dataclasses import dataclass

from medmeta_core.imaging.formats.jpeg2000_header import (
    JP2_BOX,
    START,
    TILE_PART,
    Jpeg2000Header,
    read_jpeg_2000_header,
    tiles,
)
from medmeta_core.imaging.formats.jpeg_header import JpegHeader, end_of_image, read_jpeg_header

JPEG_START = b"\xff\xd8"
STARTS = (START, JP2_BOX, JPEG_START)

JPEG, JPEG_LS, JPEG_2000 = "JPEG", "JPEG-LS", "JPEG 2000"
FAMILY_OF_PROCESS = {
    0xC0: JPEG,
    0xC1: JPEG,
    0xC2: JPEG,  # progressive, decoded by the same codec
    0xC3: JPEG,
    0xF7: JPEG_LS,
}


@dataclass(frozen=True)
class Codestream:
    """The header of a JPEG, JPEG-LS or JPEG 2000 frame.

    Attributes:
        family: `JPEG`, `JPEG_LS` or `JPEG_2000`.
        samples: of a pixel.
        precision: bits of a sample.
        body: where the pixels begin.
        jpeg: the header of a JPEG or JPEG-LS frame.
        is_transformed: whether the decoder undoes a transform of colours (JPEG 2000).
        n_tiles: that the size calls for (JPEG 2000).
    """

    family: str
    height: int
    width: int
    samples: int
    precision: int
    body: int
    jpeg: JpegHeader | None = None
    is_transformed: bool = False
    n_tiles: int = 0

    @property
    def is_dct(self) -> bool:
        """Whether it is a cosine transform, which loses something."""
        return self.jpeg is not None and self.jpeg.is_dct


def read_codestream(code: bytes) -> Codestream | None:
    """The header of a bare codestream; None where it is of no kind known here."""
    if code.startswith(START):
        wavelets = read_jpeg_2000_header(code)
        return None if wavelets is None else _of_jpeg_2000(wavelets)
    jpeg = read_jpeg_header(code) if code.startswith(JPEG_START) else None
    return None if jpeg is None or jpeg.process not in FAMILY_OF_PROCESS else _of_jpeg(jpeg)


def end_of(code: bytes, codestream: Codestream) -> int | None:
    """Where the codestream ends, behind its end marker; None where it has none.

    In none of the three encodings can the marker occur among the coded pixels.
    """
    start = tiles(code, codestream.body)[1] if codestream.family == JPEG_2000 else codestream.body
    at = end_of_image(code, start)
    return None if at is None else at + 2


def lacks_tiles(code: bytes, codestream: Codestream) -> bool:
    """Whether a JPEG 2000 codestream has fewer tiles than its size calls for."""
    return len(tiles(code, codestream.body)[0]) < codestream.n_tiles


def end_of_tiles(code: bytes, codestream: Codestream) -> int | None:
    """Where the tile-parts of JPEG 2000 end by their lengths; None where tiles or lengths lack."""
    numbers, end = tiles(code, codestream.body)
    is_known = end > codestream.body and code[end : end + 2] != TILE_PART
    return end if len(numbers) >= codestream.n_tiles and is_known else None


def _of_jpeg(header: JpegHeader) -> Codestream:
    return Codestream(
        FAMILY_OF_PROCESS[header.process],
        header.height,
        header.width,
        samples=header.n_components,
        precision=header.n_bits,
        body=header.body,
        jpeg=header,
    )


def _of_jpeg_2000(header: Jpeg2000Header) -> Codestream:
    return Codestream(
        JPEG_2000,
        header.height,
        header.width,
        samples=len(header.n_bits),
        precision=header.n_bits[0],
        body=header.body,
        is_transformed=header.is_transformed,
        n_tiles=header.n_tiles,
    )
