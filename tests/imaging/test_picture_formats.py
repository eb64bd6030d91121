"""Picture formats besides TIFF and JPEG: what is seen is what a trusted reader sees."""

import io
import struct

import imagecodecs
import jpeg_ls
import numpy as np
import pytest
from made_dicom import decoded, image_of
from made_pictures import (
    COLOUR,
    COLOUR_16,
    GREY,
    GREY_16,
    HEIC,
    HEIGHT,
    QUADRANTS,
    WIDTH,
    jpeg2000_of,
    levels_of,
    notes_of,
    png_of,
    rule_of,
    saved,
    with_png_chunk,
)
from PIL import Image, ImageOps

from medmeta_core.imaging.formats.signatures import OTHERS
from medmeta_core.imaging.refusals import Refused, refusal_message

SRGB_OF_LINEAR = [0, 188, 255]  # of light 0, 0.5 and 1 (IEC 61966-2-1): 0.7354 of 255


def test_a_heic_is_read():
    levels = levels_of(HEIC)
    expected = QUADRANTS.repeat(32, axis=0).repeat(32, axis=1)
    assert levels.shape == (64, 64, 3)
    assert np.abs(levels - expected).mean() < 1


def test_an_avif_is_read_in_8_and_10_bits():
    ten_bits = imagecodecs.avif_encode(COLOUR.astype(np.uint16) * 4, level=95, bitspersample=10)
    eight_bits = saved(COLOUR, "AVIF", quality=95, subsampling="4:4:4")
    for content in (ten_bits, eight_bits):
        assert np.abs(levels_of(content) - COLOUR).mean() < 2


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_picture_is_read_and_that_is_noted(kind):
    first, second = (
        Image.fromarray(colours).quantize(32).convert("RGB") for colours in (COLOUR, 255 - COLOUR)
    )
    options = {"lossless": True} if kind == "WEBP" else {}
    content = saved(first, kind, save_all=True, append_images=[second], **options)
    assert np.array_equal(levels_of(content).round(), np.asarray(first))
    assert "first-of-several" in notes_of(content)
    assert "first-of-several" not in notes_of(saved(first, kind))


@pytest.mark.parametrize("codec", ["jp2", "j2k"])
@pytest.mark.parametrize("pixels", [GREY, COLOUR, GREY_16, COLOUR_16])
def test_jpeg_2000_is_read_in_8_and_16_bits(codec, pixels):
    levels = levels_of(jpeg2000_of(pixels, codecformat=codec))
    assert levels == pytest.approx(pixels / 257 ** (pixels.itemsize - 1), abs=0.01)


def test_jpeg_2000_of_signed_samples_counts_from_the_least():
    stored = (GREY_16.astype(np.int32) - 32768).astype(np.int16)
    assert levels_of(jpeg2000_of(stored, codecformat="j2k")) == pytest.approx(GREY, abs=0.01)


@pytest.mark.parametrize("n_bits", [8, 12, 16])
def test_jpeg_ls_is_read(n_bits):
    pixels = GREY if n_bits == 8 else GREY_16 >> np.uint16(16 - n_bits)
    white = 2**n_bits - 1
    levels = levels_of(bytes(jpeg_ls.encode_array(pixels)))
    assert levels == pytest.approx(pixels / white * 255, abs=0.01)


def test_png_of_16_bits_keeps_them_in_colour_and_beside_alpha():
    opaque = np.full_like(GREY_16, 65535)
    for pixels, expected in (
        (COLOUR_16 + np.uint16(0), COLOUR),
        (np.dstack([GREY_16, opaque]), GREY),
        (np.dstack([COLOUR_16, opaque]), COLOUR),
    ):
        assert levels_of(imagecodecs.png_encode(pixels)) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("lift", [0, 40_000])
def test_narrow_grey_is_shown_by_percentiles_wherever_it_lies(lift):
    stored = (lift + GREY.astype(np.uint16) * 12).astype(np.uint16)
    image = image_of(imagecodecs.png_encode(stored))
    assert image.pixels[0] * 255 == pytest.approx(GREY, abs=4)
    assert "window-assumed" in image.notes


@pytest.mark.parametrize(("lift", "odd"), [(0, 65535), (40_000, 0), (0, 32768)])
def test_no_single_pixel_decides_upon_the_contrast(lift, odd):
    stored = (lift + GREY.astype(np.uint16) * 12).astype(np.uint16)
    plain = image_of(imagecodecs.png_encode(stored))
    stored[10, 10] = odd
    spotted = image_of(imagecodecs.png_encode(stored))
    assert spotted.window.width == pytest.approx(plain.window.width, rel=0.02)
    assert spotted.window.centre == pytest.approx(plain.window.centre, rel=0.02)


def test_colours_of_12_in_16_bits_are_shown_by_percentiles():
    content = imagecodecs.png_encode(COLOUR.astype(np.uint16) * 8)
    levels = levels_of(content)
    expected = (COLOUR - COLOUR.min()) / (np.percentile(COLOUR, 99.5) - COLOUR.min()) * 255
    assert np.abs(levels - np.clip(expected, 0, 255)).mean() < 3
    assert "window-assumed" in notes_of(content)


def test_an_alpha_that_is_0_everywhere_is_opaque():
    see_through = np.dstack([COLOUR, np.zeros_like(GREY)])
    for content in (
        saved(see_through, "PNG"),
        saved(see_through, "WEBP", lossless=True, exact=True),
        imagecodecs.png_encode(np.dstack([GREY_16, np.zeros_like(GREY_16)])),
    ):
        levels = levels_of(content)
        assert levels == pytest.approx(COLOUR if levels.ndim == 3 else GREY, abs=0.01)
        assert "transparent-parts" not in notes_of(content)


def bmp_of(pixels: np.ndarray, masks: tuple[int, int, int, int], *, n_bits: int) -> bytes:
    """A BMP of version 4 with its masks; its rows stand upside down, as they mostly do."""
    rows = pixels[::-1].astype(f"<u{n_bits // 8}").tobytes()
    head = (
        struct.pack(
            "<IiiHHIIiiII4I",
            108,
            pixels.shape[1],
            pixels.shape[0],
            1,
            n_bits,
            3,
            len(rows),
            2835,
            2835,
            0,
            0,
            *masks,
        )
        + b"BGRs"
        + bytes(48)
    )
    return (
        b"BM" + struct.pack("<IHHI", 14 + len(head) + len(rows), 0, 0, 14 + len(head)) + head + rows
    )


@pytest.mark.parametrize("alpha", [0, 255])
def test_bmp_with_an_alpha_mask_is_opaque_whether_filled_in_or_not(alpha):
    red, green, blue = (COLOUR[..., i].astype(np.uint32) for i in range(3))
    pixels = alpha << 24 | red << 16 | green << 8 | blue
    content = bmp_of(pixels, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), n_bits=32)
    assert levels_of(content) == pytest.approx(COLOUR, abs=0.01)


def test_bmp_with_masks_of_any_width_is_read():
    red, green, blue = (COLOUR_16[..., i].astype(np.uint32) for i in range(3))
    deep = (red >> 6) << 20 | (green >> 6) << 10 | blue >> 6
    content = bmp_of(deep, (0x3FF00000, 0xFFC00, 0x3FF, 0), n_bits=32)
    assert levels_of(content) == pytest.approx(COLOUR, abs=0.6)
    short = (red >> 12) << 8 | (green >> 12) << 4 | blue >> 12
    content = bmp_of(short, (0xF00, 0xF0, 0xF, 0), n_bits=16)
    assert levels_of(content) == pytest.approx((COLOUR >> 4) * 17, abs=0.6)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_a_camera_is_followed(kind, orientation):
    picture, exif = Image.fromarray(COLOUR), Image.Exif()
    exif[0x0112] = orientation
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(saved(picture, "PNG", exif=exif))))
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95}
    levels = levels_of(saved(picture, kind, exif=exif, **({} if kind == "PNG" else options)))
    assert levels.shape == np.asarray(expected).shape
    assert np.abs(levels - np.asarray(expected)).mean() < 4


def test_portable_anymaps_are_read_by_their_largest_value():
    size = f"{WIDTH} {HEIGHT}".encode()
    twelve = GREY_16 >> np.uint16(4)
    text = " ".join(str(level) for level in GREY.reshape(-1)).encode()
    for content in (
        b"P5\n" + size + b"\n255\n" + GREY.tobytes(),
        b"P5\n# a remark\n" + size + b"\n4095\n" + twelve.astype(">u2").tobytes(),
        b"P5 " + size + b" 65535\n" + GREY_16.astype(">u2").tobytes(),
        b"P2\n" + size + b"\n255\n" + text,
    ):
        assert np.abs(levels_of(content) - GREY).max() < 1


def test_the_gamma_of_a_png_is_followed_for_colours():
    levels = np.array([[[0, 0, 0], [128, 128, 128], [255, 255, 255]]], np.uint8)
    linear = with_png_chunk(saved(levels, "PNG"), b"gAMA", (100_000).to_bytes(4, "big"))
    assert levels_of(linear)[0, :, 1] == pytest.approx(SRGB_OF_LINEAR, abs=1.5)
    usual = with_png_chunk(saved(levels, "PNG"), b"gAMA", (45_455).to_bytes(4, "big"))
    assert np.array_equal(levels_of(usual).round(), levels)


def srgb_of_p3(levels: tuple[int, int, int]) -> np.ndarray:
    """From primaries and curve: both have the same curve and the same white."""
    encoded = np.array(levels) / 255
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    to_srgb = [[1.22494, -0.22494, 0], [-0.04206, 1.04206, 0], [-0.01964, -0.07864, 1.09827]]
    light = np.clip(np.array(to_srgb) @ light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def test_what_a_png_states_of_its_colours_first_holds():
    """Colours by code points before a profile, before sRGB, before a gamma (PNG 3, 4.3)."""
    green = np.full((8, 8, 3), (100, 200, 100), np.uint8)
    plain = saved(green, "PNG")
    display_p3 = with_png_chunk(plain, b"cICP", bytes([12, 13, 0, 1]))
    assert levels_of(display_p3)[0, 0] == pytest.approx(srgb_of_p3((100, 200, 100)), abs=1.5)
    linear = (100_000).to_bytes(4, "big")
    both = with_png_chunk(with_png_chunk(plain, b"gAMA", linear), b"sRGB", b"\0")
    assert np.array_equal(levels_of(both).round(), green)


def test_colours_of_high_dynamic_range_are_noted():
    content = with_png_chunk(saved(COLOUR, "PNG"), b"cICP", bytes([9, 16, 0, 1]))
    assert "colour-profile-not-applied" in notes_of(content)


@pytest.mark.parametrize("rule", OTHERS)
def test_a_known_kind_that_is_not_read_is_named_with_the_way_out(rule):
    for beginning in OTHERS[rule]:
        assert rule_of(beginning + b"x" * 600) == rule
    assert any(way in refusal_message(rule, {}) for way in ("ave it as", "xport", "save", "Save"))


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"\0\0\0\x18ftypcrx \0\0\0\0crx isom" + bytes(500), "camera-raw"),
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(500), "camera-raw"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(500), "video"),
        (b"RIFF\0\0\0\0AVI LIST" + bytes(500), "video"),
        (b"\x5c\x01\0\0" + bytes(340) + b"n+1\0" + bytes(300), "volume-file"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "vector-drawing"),
        (b"<!DOCTYPE html><html></html>", "document"),
        (b"ObjectType = Image\nNDims = 3\n", "volume-file"),
    ],
)
def test_kinds_without_one_beginning_are_named_too(content, rule):
    assert rule_of(content) == rule


def test_a_text_that_begins_like_a_portable_anymap_is_no_picture():
    assert rule_of(b"P1 was seen on Monday. " * 40) == "not-an-image"


def test_a_png_that_is_too_large_is_refused_with_its_size_and_the_way_out():
    with pytest.raises(Refused) as caught:
        decoded(png_of(8000, 10_000))
    sentence = refusal_message(caught.value.rule, caught.value.facts)
    assert "80 megapixels" in sentence and "JPEG" in sentence
