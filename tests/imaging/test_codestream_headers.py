"""The headers of JPEG, JPEG-LS and JPEG 2000: one reader each, for picture files and DICOM."""

import struct
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from medmeta_core.imaging.formats.dicom.codestream import read_codestream
from medmeta_core.imaging.formats.jpeg2000_header import bare, read_jpeg_2000_header
from medmeta_core.imaging.formats.jpeg_header import end_of_image, read_jpeg_header

COLOURS = np.arange(3 * 96 * 160, dtype=np.uint16).reshape(96, 160, 3)
GREY = COLOURS[..., 0]


def jpeg(**options: object) -> bytes:
    file = BytesIO()
    Image.fromarray(COLOURS.astype(np.uint8)).save(file, "JPEG", **options)
    return file.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


@pytest.mark.parametrize(
    ("options", "process", "factors"),
    [
        ({"subsampling": 0}, 0xC0, ((1, 1),) * 3),
        ({"subsampling": 2}, 0xC0, ((2, 2), (1, 1), (1, 1))),
        ({"subsampling": 0, "progressive": True}, 0xC2, ((1, 1),) * 3),
    ],
)
def test_a_jpeg_header_says_process_size_and_sampling(options, process, factors):
    header = read_jpeg_header(jpeg(**options))
    assert header is not None
    assert (header.process, header.n_bits) == (process, 8)
    assert (header.height, header.width) == (96, 160)
    assert header.factors == factors
    assert header.ids == b"\1\2\3"
    assert (header.is_jfif, header.adobe, header.is_dct) == (True, None, True)


@pytest.mark.parametrize(
    ("encode", "process", "n_bits"),
    [
        (lambda: imagecodecs.jpeg8_encode(GREY % 4096, bitspersample=12), 0xC1, 12),
        (lambda: imagecodecs.ljpeg_encode(GREY, bitspersample=16), 0xC3, 16),
        (lambda: imagecodecs.jpegls_encode(GREY), 0xF7, 16),
    ],
)
def test_a_dicom_frame_is_read_by_the_same_header(encode, process, n_bits):
    code = encode()
    header, codestream = read_jpeg_header(code), read_codestream(code)
    assert header is not None
    assert codestream is not None
    assert codestream.jpeg == header
    assert (header.process, header.n_bits) == (process, n_bits)
    assert (codestream.height, codestream.width, codestream.samples) == (96, 160, 1)
    assert codestream.precision == n_bits
    assert codestream.is_dct is (process == 0xC1)


def test_what_looks_like_a_frame_header_or_an_end_within_a_comment_is_none():
    misleading = b"\xff\xc3\x00\x0b\x10\x00\x01\x00\x01\x01\x01\x11\x00\xff\xd9"
    plain = jpeg()
    code = plain[:2] + segment(0xFE, misleading) + plain[2:]
    header, expected = read_jpeg_header(code), read_jpeg_header(plain)
    assert header is not None
    assert expected is not None
    assert (header.process, header.width) == (expected.process, expected.width)
    assert header.body == expected.body + len(segment(0xFE, misleading))
    assert end_of_image(code, header.body) == len(code) - 2


@pytest.mark.parametrize("between", [b"\xff\xff\xff", b"\0\0", b"\xff\0", b"\xff\xd0"])
def test_what_stands_between_segments_is_skipped_as_by_libjpeg(between):
    plain = jpeg()
    code = plain[:2] + between + plain[2:]
    assert np.array_equal(imagecodecs.jpeg8_decode(code), imagecodecs.jpeg8_decode(plain))
    header = read_jpeg_header(code)
    assert header is not None
    assert (header.height, header.width) == (96, 160)


@pytest.mark.parametrize("n_bytes", range(2, 40))
def test_a_header_that_is_cut_off_is_none_and_never_an_error(n_bytes):
    assert read_jpeg_header(jpeg()[:n_bytes]) is None
    assert (
        read_jpeg_2000_header(imagecodecs.jpeg2k_encode(GREY, codecformat="J2K")[:n_bytes]) is None
    )


def test_a_jpeg_2000_header_says_size_levels_and_transform():
    code = imagecodecs.jpeg2k_encode(COLOURS, codecformat="J2K", resolutions=4, reversible=True)
    header = read_jpeg_2000_header(code)
    assert header is not None
    assert (header.height, header.width, header.n_bits) == (96, 160, (16, 16, 16))
    assert (header.n_levels, header.is_transformed, header.n_tiles) == (3, True, 1)
    assert code[header.body : header.body + 2] == b"\xff\x90"


def test_a_coding_style_within_a_comment_is_none():
    code = imagecodecs.jpeg2k_encode(GREY, codecformat="J2K", resolutions=4)
    after_size = 4 + int.from_bytes(code[4:6], "big")
    misleading = segment(0x64, b"\xff\x52\x00\x0c\x00\x00\x00\x01\x01\x09")
    header = read_jpeg_2000_header(code[:after_size] + misleading + code[after_size:])
    assert header is not None
    assert (header.n_levels, header.is_transformed) == (3, False)


def test_a_jp2_file_and_its_bare_codestream_say_the_same():
    whole = imagecodecs.jpeg2k_encode(COLOURS, codecformat="JP2")
    assert read_jpeg_2000_header(whole) is None
    inside = read_jpeg_2000_header(bare(whole))
    assert inside is not None
    assert (inside.height, inside.width, len(inside.n_bits)) == (96, 160, 3)
