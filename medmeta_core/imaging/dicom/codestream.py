"""What a compressed frame says of itself before it is decoded: its encoding and its size."""

from dataclasses import dataclass

from pydicom.uid import (
    JPEG2000,
    UID,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSNearLossless,
)

J2K_START = b"\xff\x4f\xff\x51"
JP2_BOX = b"\x00\x00\x00\x0cjP  "
JPEG_START = b"\xff\xd8"
JPEG_LS_FRAME_HEADER = 0xF7
SYNTAX_OF_FRAME_HEADER = {
    0xC0: JPEGBaseline8Bit,
    0xC1: JPEGExtended12Bit,
    0xC2: JPEGExtended12Bit,  # progressive, decoded by the same codec
    0xC3: JPEGLosslessSV1,
    JPEG_LS_FRAME_HEADER: JPEGLSNearLossless,
}


@dataclass(frozen=True)
class Codestream:
    """The header of a JPEG, JPEG-LS or JPEG 2000 frame."""

    syntax: UID
    height: int
    width: int


def read_codestream(code: bytes) -> Codestream | None:
    """The header of a compressed frame; None where it is of no kind known here."""
    if code.startswith(JP2_BOX):
        code = code[max(code.find(J2K_START), 0) :]
    if code.startswith(J2K_START):
        return _read_j2k(code)
    return _read_jpeg(code) if code.startswith(JPEG_START) else None


def _read_j2k(code: bytes) -> Codestream:
    # SIZ: Lsiz, Rsiz, then Xsiz, Ysiz, XOsiz, YOsiz (ISO/IEC 15444-1 A.5.1)
    right, bottom, left, top = (int.from_bytes(code[i : i + 4], "big") for i in range(8, 24, 4))
    return Codestream(JPEG2000, bottom - top, right - left)


def _read_jpeg(code: bytes) -> Codestream | None:
    at = 2
    while at + 9 <= len(code) and code[at] == 0xFF:
        marker = code[at + 1]
        if marker in SYNTAX_OF_FRAME_HEADER:
            height, width = (int.from_bytes(code[i : i + 2], "big") for i in (at + 5, at + 7))
            return Codestream(SYNTAX_OF_FRAME_HEADER[marker], height, width)
        is_fill = marker == 0xFF
        at += 1 if is_fill else 2 + int.from_bytes(code[at + 2 : at + 4], "big")
    return None
