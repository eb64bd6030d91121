"""JPEG files of every process that is read, whole, without their end, and cut off."""

import imagecodecs
import numpy as np
import pytest
from made_dicom import decoded, image_of
from made_pictures import (
    COLOUR,
    COLOUR_16,
    GREY,
    GREY_16,
    jpeg2000_of,
    levels_of,
    notes_of,
    rule_of,
    saved,
)
from PIL import Image

from medmeta_core.imaging.formats import jpeg
from medmeta_core.imaging.guard.guard import Guard
from medmeta_core.imaging.guard.responses import frame_of
from medmeta_core.imaging.limits import LIMITS, Limits
from medmeta_core.imaging.refusals import Refused

FINE = {"quality": 95, "subsampling": 0}


def test_twelve_bits_are_shown_in_their_range():
    stored = GREY_16 >> np.uint16(4)
    content = imagecodecs.jpeg8_encode(stored, level=98, bitspersample=12)
    image = image_of(content)
    assert np.abs(image.pixels[0] * 255 - GREY).mean() < 1
    assert np.abs(image.values - stored).mean() < 16
    assert image.notes == ()


def test_twelve_bits_in_colour_are_shown():
    stored = COLOUR.astype(np.uint16) * np.uint16(16)
    content = imagecodecs.jpeg8_encode(stored, level=98, bitspersample=12)
    assert np.abs(levels_of(content) - COLOUR).mean() < 2


@pytest.mark.parametrize("options", [{"bitspersample": 12}, {"lossless": True}])
def test_the_orientation_is_followed_where_pillow_does_not_decode(options):
    plain = imagecodecs.jpeg8_encode(GREY_16 >> np.uint16(4), **options)
    exif = Image.Exif()
    exif[0x0112] = 6
    segment = exif.tobytes()
    content = plain[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + plain[2:]
    assert np.array_equal(levels_of(content), np.rot90(levels_of(plain), -1))


def test_metadata_that_cannot_be_read_turn_nothing():
    segment = b"\xff\xe1\0\x10Exif\0\0MM\0*\xff\xff\xff\xff"
    for plain in (saved(GREY, "JPEG"), imagecodecs.jpeg8_encode(GREY, lossless=True)):
        assert np.array_equal(levels_of(plain[:2] + segment + plain[2:]), levels_of(plain))


@pytest.mark.parametrize("n_bits", [8, 12, 16])
def test_lossless_jpeg_gives_back_its_samples(n_bits):
    stored = GREY if n_bits == 8 else GREY_16 >> np.uint16(16 - n_bits)
    content = imagecodecs.jpeg8_encode(stored, lossless=True, bitspersample=n_bits)
    assert np.array_equal(image_of(content).values, stored)


def test_lossless_jpeg_in_colour_gives_back_its_colours():
    content = imagecodecs.jpeg8_encode(COLOUR, lossless=True)
    assert np.array_equal(levels_of(content).round(), COLOUR)


@pytest.mark.parametrize(
    "options",
    [FINE, FINE | {"progressive": True}, FINE | {"restart_marker_blocks": 4}, {"quality": 75}],
)
@pytest.mark.parametrize("cut", [1, 2])
@pytest.mark.parametrize("tail", [b"", bytes(40)])
def test_a_file_that_lacks_only_its_end_is_read_and_that_is_noted(options, cut, tail):
    whole = saved(COLOUR, "JPEG", **options)
    content = whole[:-cut] + tail
    assert np.array_equal(levels_of(content), levels_of(whole))
    assert "not-conforming" in notes_of(content)
    assert "not-conforming" not in notes_of(whole + tail)


@pytest.mark.parametrize("options", [FINE, {"quality": 60, "progressive": True}, {"quality": 30}])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_a_file_that_lacks_pixels_is_refused(options, share):
    noise = np.random.default_rng(0).integers(0, 256, (200, 220, 3)).astype(np.uint8)
    whole = saved(noise, "JPEG", **options)
    start = whole.index(b"\xff\xda")
    cut = start + int(share * (len(whole) - start))
    assert rule_of(whole[:cut]) == "truncated"


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("options", [FINE, {"quality": 60}, FINE | {"restart_marker_blocks": 4}])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_file_that_lacks_pixels_is_refused_though_it_has_an_end(mode, options, share):
    noise = np.random.default_rng(0).integers(0, 256, (200, 220, 3)).astype(np.uint8)
    whole = saved(Image.fromarray(noise).convert(mode), "JPEG", **options)
    start = whole.index(b"\xff\xda")
    cut = start + int(share * (len(whole) - start))
    assert rule_of(whole[:cut].rstrip(b"\xff") + b"\xff\xd9") == "truncated"


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_whole_picture_of_middle_grey_is_read(mode):
    grey = Image.new(mode, (80, 72), (128,) * len(mode) if mode == "RGB" else 128)
    assert np.abs(levels_of(saved(grey, "JPEG")) - 128).max() <= 1


DEEP = {
    "12 bits": imagecodecs.jpeg8_encode(GREY_16 >> np.uint16(4), level=98, bitspersample=12),
    "lossless": imagecodecs.jpeg8_encode(COLOUR, lossless=True),
    "JPEG-LS": imagecodecs.jpegls_encode(COLOUR),
    "JPEG 2000": jpeg2000_of(COLOUR, codecformat="j2k"),
    "JPEG 2000 of 16 bits": jpeg2000_of(COLOUR_16, codecformat="j2k"),
}


@pytest.mark.parametrize("tail", [b"", b"\xff", bytes(9)])
@pytest.mark.parametrize("name", DEEP)
def test_other_processes_without_their_end_are_read_and_noted(name, tail):
    content = DEEP[name][:-2] + tail
    assert np.array_equal(levels_of(content), levels_of(DEEP[name]))
    assert "not-conforming" in notes_of(content)
    assert "not-conforming" not in notes_of(DEEP[name])


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_other_processes_that_lack_pixels_are_refused(name, share):
    content = DEEP[name][: int(share * len(DEEP[name]))]
    assert rule_of(content) in ("truncated", "decoder-failed")
    assert rule_of(content + b"\xff\xd9") in ("truncated", "decoder-failed")


def test_zeros_before_the_end_of_a_jpeg_ls_are_no_harm():
    content = DEEP["JPEG-LS"][:-2] + b"\0" + DEEP["JPEG-LS"][-2:]
    assert np.array_equal(levels_of(content).round(), COLOUR)


def test_a_thumbnail_in_the_metadata_is_not_taken_for_the_picture():
    thumbnail = saved(GREY[:16, :16], "JPEG")
    whole = saved(COLOUR, "JPEG", **FINE)
    segment = b"\xff\xe3" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    content = whole[:2] + segment + whole[2:]
    assert np.array_equal(levels_of(content), levels_of(whole))


def test_cmyk_becomes_rgb():
    picture = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # no cyan: red
    levels = levels_of(saved(picture, "JPEG", quality=95))
    assert levels[8, 8] == pytest.approx([255, 0, 0], abs=6)


def test_a_process_that_nobody_uses_is_distinguished_from_damage():
    content = bytearray(saved(GREY, "JPEG"))
    content[content.index(b"\xff\xc0") + 1] = 0xC5  # differential
    assert rule_of(bytes(content)) == "encoding-of-jpeg"


@pytest.mark.parametrize("options", [FINE, FINE | {"progressive": True}, {"quality": 80}])
@pytest.mark.parametrize(("limit", "factor"), [(3000, 2), (1000, 4)])
def test_a_photograph_with_too_many_pixels_is_made_smaller_while_it_is_read(
    monkeypatch, options, limit, factor
):
    smooth = Image.fromarray(COLOUR[::6, ::5]).resize((80, 72), Image.Resampling.BICUBIC)
    monkeypatch.setattr("medmeta_core.imaging.formats.raster.LIMITS", Limits(pixels=limit))
    monkeypatch.setattr(jpeg, "LIMITS", Limits(pixels=limit))
    content = saved(smooth, "JPEG", **options)
    levels = levels_of(content)
    expected = np.asarray(smooth.reduce(factor))
    assert levels.shape == expected.shape
    assert np.abs(levels - expected).mean() < 4
    assert "reduced-size" in notes_of(content)


def test_a_photograph_that_no_reduction_makes_small_enough_is_refused_with_its_size():
    content = bytearray(saved(GREY, "JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(Refused) as caught:
        decoded(bytes(content))
    assert caught.value.rule == "too-many-pixels"
    assert caught.value.facts["found"] == 4295  # megapixels: 65535 x 65535


def test_the_coefficients_of_a_progressive_photograph_must_fit_into_memory():
    content = bytearray(saved(COLOUR, "JPEG", progressive=True, subsampling=0))
    at = content.index(b"\xff\xc2")
    content[at + 5 : at + 9] = (20_000).to_bytes(2, "big") * 2  # 400 million of 6 bytes
    assert rule_of(bytes(content)) == "too-many-pixels"


def test_a_photograph_of_48_megapixels_is_read_within_the_memory_of_a_child():
    exif = Image.Exif()
    exif[0x0112] = 6
    content = saved(Image.new("RGB", (8064, 6048), (200, 120, 40)), "JPEG", exif=exif)
    with Guard() as guard:
        ((header, pixels),) = guard.ask("read", content, frames="middle")
        assert guard.peak_bytes < LIMITS.memory_bytes / 2
    frame = frame_of(header, pixels)
    assert frame.levels.shape == (3, 4032, 3024)  # half of each side, upright
    assert frame.levels[:, 2000, 1500].astype(float) == pytest.approx([200, 120, 40], abs=2)
    assert "reduced-size" in frame.description.notes
