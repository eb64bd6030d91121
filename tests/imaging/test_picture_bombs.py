"""Pictures that lie about their size, through the real guard: refused, quickly, in bounds."""

import struct

import imagecodecs
import numpy as np
import pytest
from damage import read_damaged
from made_pictures import COLOUR, GREY, HEIC, jpeg2000_of, png_chunk, png_of, saved, tiff_of

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging import LIMITS, ReadItem, Refusal
from medmeta_core.imaging.guard.guard import Guard

TOO_LARGE = "too-many-pixels"
DAMAGED = ("decoder-failed", "decoder-crashed", "truncated")


def rule_and_peak(content: bytes) -> tuple[str, int]:
    """(rule of the refusal, "read" where there is none; most memory of the child)."""
    with Guard() as guard:
        try:
            list(guard.ask("read", content, frames="middle"))
            rule = "read"
        except UnreadableImageError as error:
            rule = error.rule
        return rule, guard.peak_bytes


def with_tiff_tag(content: bytes, code: int, value: int) -> bytes:
    """The little-endian TIFF with another value, of 2 or 4 bytes, of a tag of its first page."""
    changed, first = bytearray(content), int.from_bytes(content[4:8], "little")
    for i in range(int.from_bytes(content[first : first + 2], "little")):
        at = first + 2 + 12 * i
        if int.from_bytes(content[at : at + 2], "little") == code:
            is_short = content[at + 2 : at + 4] == b"\3\0"
            changed[at + 8 : at + 12] = struct.pack(
                "<HH" if is_short else "<I", *((value, 0) if is_short else (value,))
            )
    return bytes(changed)


def with_sides(tiff: bytes, width: int, height: int) -> bytes:
    return with_tiff_tag(with_tiff_tag(tiff, 256, width), 257, height)


def box_with_sides(content: bytes, width: int, height: int) -> bytes:
    """The AVIF or HEIC whose properties state another size (ISO 23008-12, 6.5.3)."""
    at = content.index(b"ispe") + 8
    return content[:at] + struct.pack(">II", width, height) + content[at + 8 :]


def jpeg2000_with_sides(width: int, height: int) -> bytes:
    code = bytearray(jpeg2000_of(GREY, codecformat="j2k"))
    code[8:16] = struct.pack(">II", width, height)
    return bytes(code)


GREY_TIFF = tiff_of(GREY, photometric="minisblack")
GIF = saved(GREY, "GIF")
AVIF = saved(COLOUR, "AVIF")
WEBP = saved(COLOUR, "WEBP", save_all=True, append_images=[], lossless=True)


@pytest.mark.parametrize(
    "content",
    [
        png_of(60_000, 60_000),
        with_sides(GREY_TIFF, 65_000, 65_000),
        with_sides(tiff_of(GREY, photometric="minisblack", tile=(16, 16)), 65_000, 65_000),
        with_sides(tiff_of(GREY, photometric="minisblack", compression="lzw"), 60_000, 2000),
        GIF[:6] + b"\xff\xff\xff\xff" + GIF[10:],
        b"P5 60000 60000 255\n" + bytes(100),
        b"P6 99999999 99999999 65535\n" + bytes(100),
        jpeg2000_with_sides(60_000, 60_000),
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, 60_000, 60_000, 1, 24, *[0] * 6),
    ],
)
def test_a_size_that_is_too_large_is_refused_by_arithmetic(content):
    rule, peak = rule_and_peak(content)
    assert rule == TOO_LARGE
    assert peak < 300 * 2**20


@pytest.mark.parametrize("sides", [(60_000, 60_000), (6000, 6000), (2**31, 2**31)])
@pytest.mark.parametrize("content", [HEIC, AVIF])
def test_a_container_that_lies_about_its_size_stays_in_bounds(content, sides):
    rule, peak = rule_and_peak(box_with_sides(content, *sides))
    is_possible = sides == (6000, 6000)  # libavif stretches the picture to it
    assert rule in (TOO_LARGE, *DAMAGED, *(["read"] if is_possible else []))
    assert peak < LIMITS.memory_bytes


@pytest.mark.parametrize("sides", [(6000, 6000), (900, 900), (8, 8)])
def test_a_size_that_does_not_exist_is_refused_as_damage_not_as_lack_of_memory(sides):
    for content in (
        with_sides(tiff_of(GREY, photometric="minisblack", compression="lzw"), *sides),
        with_sides(tiff_of(COLOUR, photometric="rgb", compression="webp"), *sides),
        jpeg2000_with_sides(*sides),
    ):
        assert rule_and_peak(content)[0] in (*DAMAGED, "read")


def test_a_codestream_in_a_tiff_that_is_larger_than_its_page_stays_in_bounds():
    for compression, code in (
        ("webp", imagecodecs.webp_encode(np.zeros((8000, 8000, 3), np.uint8), lossless=True)),
        ("jpeg2000", jpeg2000_with_sides(30_000, 30_000)),
        ("png", png_of(30_000, 30_000)),
    ):
        small = tiff_of(COLOUR, photometric="rgb", compression=compression)
        content = with_tiff_tag(with_tiff_tag(small, 273, len(small)), 279, len(code)) + code
        rule, peak = rule_and_peak(content)
        assert rule in (*DAMAGED, "read")
        assert peak < LIMITS.memory_bytes


def test_a_strip_that_bursts_is_refused():
    bomb = imagecodecs.deflate_encode(bytes(400 * 2**20), level=9)
    small = tiff_of(GREY, photometric="minisblack", compression="deflate")
    content = with_tiff_tag(with_tiff_tag(small, 273, len(small)), 279, len(bomb)) + bomb
    rule, peak = rule_and_peak(content)
    assert rule in (*DAMAGED, "read")
    assert peak < LIMITS.memory_bytes


def test_a_tiff_of_too_many_pages_is_refused():
    page = struct.pack("<H", 4) + b"".join(
        struct.pack("<HHII", code, 4, 1, value)
        for code, value in ((256, 1), (257, 1), (273, 8), (279, 1))
    )
    n_pages, content = 20_000, [b"II*\0" + struct.pack("<I", 8)]
    for i in range(n_pages):
        following = 8 + (i + 1) * (len(page) + 4) if i + 1 < n_pages else 0
        content.append(page + struct.pack("<I", following))
    assert rule_and_peak(b"".join(content))[0] == "too-many-frames"


def test_metadata_that_burst_cost_no_memory():
    bomb = imagecodecs.zlib_encode(bytes(300 * 2**20), level=9)
    for kind, head in ((b"iCCP", b"name\0\0"), (b"zTXt", b"key\0\0")):
        rule, peak = rule_and_peak(png_of(8, 8, chunks=png_chunk(kind, head + bomb)))
        assert rule in DAMAGED
        assert peak < 300 * 2**20


def test_any_damage_to_a_picture_of_any_format_gives_a_picture_or_a_refusal():
    seeds = [
        HEIC,
        AVIF,
        GIF,
        WEBP,
        GREY_TIFF,
        jpeg2000_of(COLOUR),
        saved(COLOUR, "BMP"),
        imagecodecs.jpegls_encode(GREY),
        tiff_of(COLOUR, COLOUR, photometric="rgb", compression="jpeg"),
    ]
    items = read_damaged(seeds, n_each=25, n_bytes=6)
    assert all(isinstance(item, ReadItem | Refusal) for item in items)
    assert not any(isinstance(item, Refusal) and item.rule == "decoder-memory" for item in items)
