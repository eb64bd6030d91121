"""TIFF: what tifffile writes is what is seen; the page is the picture, not its thumbnail."""

import imagecodecs
import numpy as np
import pytest
from made_dicom import decoded
from made_pictures import (
    COLOUR,
    COLOUR_16,
    GREY,
    GREY_16,
    HEIGHT,
    WIDTH,
    levels_of,
    notes_of,
    rule_of,
    saved,
    tiff_of,
)
from PIL import Image, ImageOps

from medmeta_core.imaging.formats import raster, tiff_pages
from medmeta_core.imaging.limits import Limits

RGB = {"photometric": "rgb"}
BLACK_IS_ZERO = {"photometric": "minisblack"}
THUMBNAIL = COLOUR[::4, ::4]


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("is_apart", [False, True])
@pytest.mark.parametrize("options", [{}, {"compression": "lzw", "predictor": True}])
def test_16_bits_in_colour_planes_apart_or_not(byteorder, bigtiff, is_apart, options):
    content = tiff_of(
        np.moveaxis(COLOUR_16, -1, 0) if is_apart else COLOUR_16,
        planarconfig="separate" if is_apart else "contig",
        byteorder=byteorder,
        bigtiff=bigtiff,
        **RGB,
        **options,
    )
    assert levels_of(content) == pytest.approx(COLOUR, abs=0.01)


@pytest.mark.parametrize("tile", [None, (32, 48)])
@pytest.mark.parametrize(
    ("compression", "options"),
    [
        (None, {}),
        ("lzw", {}),
        ("deflate", {}),
        ("packbits", {}),
        ("lzma", {}),
        ("zstd", {}),
        ("lerc", {}),
        ("png", {}),
        ("webp", {"lossless": True}),
        ("jpeg2000", {"level": 0}),
        ("jpegxl", {"lossless": True}),
        ("jpegxr", {"level": 1.0}),
    ],
)
def test_every_usual_compression_is_read_in_strips_and_tiles(compression, options, tile):
    content = tiff_of(
        COLOUR, compression=compression, compressionargs=options or None, tile=tile, **RGB
    )
    assert levels_of(content) == pytest.approx(COLOUR, abs=0.01)


def test_jpeg_compression_gives_rgb():
    content = tiff_of(COLOUR, compression="jpeg", compressionargs={"level": 95}, **RGB)
    assert np.abs(levels_of(content) - COLOUR).mean() < 2


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_fax_compression_is_read(compression):
    picture = Image.fromarray(GREY > 99)
    content = saved(picture, "TIFF", compression=compression)
    assert np.array_equal(levels_of(content), np.asarray(picture) * 255.0)


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_whole_numbers_of_any_type_are_shown_in_its_range(dtype, byteorder):
    kind = np.iinfo(dtype)
    share = GREY / np.float64(255)
    stored = np.clip(
        share * (float(kind.max) - float(kind.min)) + float(kind.min),
        kind.min,
        float(kind.max) * (1 - 1e-9),
    ).astype(dtype)
    content = tiff_of(stored, byteorder=byteorder, **BLACK_IS_ZERO)
    assert np.abs(levels_of(content) - GREY).max() < 1.01
    assert notes_of(content) == ()


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_floating_point_from_0_to_1_is_shown_in_that_range(dtype):
    content = tiff_of((GREY / np.float64(255)).astype(dtype), **BLACK_IS_ZERO)
    assert np.abs(levels_of(content) - GREY).max() < 0.5


@pytest.mark.parametrize("dtype", ["f8", "u4", "i8"])
def test_small_differences_of_large_numbers_are_not_lost(dtype):
    content = tiff_of((4_000_000_000 + GREY.astype(np.float64)).astype(dtype), **BLACK_IS_ZERO)
    assert np.abs(levels_of(content) - GREY).mean() < 3
    assert "window-assumed" in notes_of(content)


@pytest.mark.parametrize("n_bits", [1, 2, 4, 6, 10, 12, 14])
def test_packed_bits_are_shown_in_their_range(n_bits):
    white = 2**n_bits - 1
    stored = (GREY.astype(np.uint32) * white // 255).astype(np.uint8 if n_bits < 8 else np.uint16)
    content = tiff_of(stored > 0 if n_bits == 1 else stored, bitspersample=n_bits, **BLACK_IS_ZERO)
    expected = (stored > 0) * 255.0 if n_bits == 1 else stored * (255 / white)
    assert levels_of(content) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("pixels", [GREY, GREY_16, GREY > 99])
def test_a_tiff_in_which_white_is_zero_is_inverted(pixels):
    inverted, plain = (tiff_of(pixels, photometric=p) for p in ("miniswhite", "minisblack"))
    assert levels_of(inverted) == pytest.approx(255 - levels_of(plain), abs=1e-3)


def test_alpha_is_followed_as_extra_samples_say():
    half = np.full_like(GREY, 128)
    see_through = np.dstack([COLOUR, half])
    for extra, expected in (
        ("unassalpha", COLOUR * (128 / 255)),
        ("assocalpha", COLOUR),  # multiplied already
        ("unspecified", COLOUR),  # no alpha at all
    ):
        content = tiff_of(see_through, extrasamples=[extra], **RGB)
        assert np.abs(levels_of(content) - expected).max() < 0.6
        assert ("transparent-parts" in notes_of(content)) == (extra != "unspecified")
        assert ("extra-channels" in notes_of(content)) == (extra == "unspecified")


@pytest.mark.parametrize("opacity", [0, 65535])
def test_grey_of_16_bits_with_an_alpha_that_is_the_same_everywhere(opacity):
    content = tiff_of(
        np.dstack([GREY_16, np.full_like(GREY_16, opacity)]),
        extrasamples=["unassalpha"],
        planarconfig="contig",
        **BLACK_IS_ZERO,
    )
    assert levels_of(content) == pytest.approx(GREY, abs=0.01)


@pytest.mark.parametrize("scale", [1, 257])
def test_a_palette_of_16_or_by_departure_of_8_bits(scale):
    table = np.random.default_rng(0).integers(0, 256, (3, 256))
    content = tiff_of(GREY, photometric="palette", colormap=(table * scale).astype(np.uint16))
    assert levels_of(content) == pytest.approx(table.T[GREY], abs=0.01)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("is_apart", [False, True])
def test_cmyk_is_multiplied_with_black(dtype, is_apart):
    inks = np.dstack([COLOUR, GREY // 3])
    expected = 255 * (1 - inks[..., :3] / 255) * (1 - inks[..., 3:] / 255)
    stored = inks.astype(dtype) * dtype(257 if dtype is np.uint16 else 1)
    content = tiff_of(
        np.moveaxis(stored, -1, 0) if is_apart else stored,
        photometric="separated",
        planarconfig="separate" if is_apart else "contig",
    )
    assert np.abs(levels_of(content) - expected).max() < 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_lab_is_shown_as_littlecms_shows_it(dtype):
    generator = np.random.default_rng(1)
    lightness, sides = (
        generator.uniform(20, 90, (64, 64, 1)),
        generator.uniform(-20, 20, (64, 64, 2)),
    )
    lab = np.concatenate([lightness, sides], axis=-1)
    n_bits = 8 * np.dtype(dtype).itemsize
    scale = 2 ** (n_bits - 8)
    stored = np.empty(lab.shape, dtype)
    stored[..., 0] = np.rint(lab[..., 0] / 100 * (2**n_bits - 1))
    stored[..., 1:] = np.rint(lab[..., 1:] * scale).astype(np.int32) & (2**n_bits - 1)
    expected = imagecodecs.cms_transform(
        lab,
        imagecodecs.cms_profile("lab4"),
        imagecodecs.cms_profile("srgb"),
        colorspace="lab",
        outcolorspace="rgb",
        outdtype="u1",
        intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
    )
    content = tiff_of(stored, photometric="cielab")
    assert np.abs(levels_of(content) - expected).mean() < 1


def test_ycbcr_without_jpeg_becomes_rgb():
    picture = Image.fromarray(COLOUR).convert("YCbCr")
    content = saved(picture, "TIFF")
    assert np.abs(levels_of(content) - COLOUR).mean() < 1.5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_followed(orientation):
    content = tiff_of(COLOUR, extratags=[(274, 3, 1, orientation, True)], **RGB)
    picture = Image.fromarray(COLOUR)
    picture.getexif()[0x0112] = orientation
    assert np.array_equal(levels_of(content).round(), np.asarray(ImageOps.exif_transpose(picture)))


@pytest.mark.parametrize(
    "pages",
    [
        [(THUMBNAIL, {"subfiletype": 1}), COLOUR],
        [COLOUR, (THUMBNAIL, {"subfiletype": 1})],
        [COLOUR, (GREY > 99, {"subfiletype": 4, "photometric": "minisblack"})],
        [(GREY > 99, {"subfiletype": 5, "photometric": "minisblack"}), COLOUR],
        [(COLOUR, {"subfiletype": 1})],  # nothing else is there
        [(COLOUR, {"subfiletype": 2})],  # a page of a document
        [(THUMBNAIL, {"subfiletype": 1, "subifds": 1}), COLOUR],  # the picture lies below
        [(COLOUR, {"subifds": 1}), (THUMBNAIL, {"subfiletype": 1})],
    ],
)
def test_the_page_is_the_picture_not_its_thumbnail_or_mask(pages):
    content = tiff_of(*pages, **RGB)
    assert np.array_equal(levels_of(content).round(), COLOUR)
    assert decoded(content).description.n_frames == 1
    assert "frames-differ-in-size" not in notes_of(content)


def test_of_unmarked_pages_of_unequal_size_the_largest_is_read_and_noted():
    content = tiff_of(THUMBNAIL, COLOUR, THUMBNAIL, **RGB)
    assert np.array_equal(levels_of(content).round(), COLOUR)
    assert "frames-differ-in-size" in notes_of(content)


def test_marked_thumbnails_do_not_count_among_the_frames():
    pages = [np.full((70, 80), level, np.uint8) for level in (10, 20, 30)]
    small = (GREY[::4, ::4], {"subfiletype": 1})
    content = tiff_of(small, pages[0], small, pages[1], small, pages[2], **BLACK_IS_ZERO)
    assert [decoded(content, n).values.max() for n in range(3)] == [10, 20, 30]
    assert decoded(content).description.n_frames == 3


def test_of_a_pyramid_that_is_too_large_the_largest_level_that_is_read(monkeypatch):
    monkeypatch.setattr(tiff_pages, "LIMITS", Limits(decoded_pixels=2000))
    monkeypatch.setattr(raster, "LIMITS", Limits(decoded_pixels=2000))
    half, quarter = COLOUR[::2, ::2], COLOUR[::4, ::4]
    content = tiff_of((COLOUR, {"subifds": 2}), (half, {"subfiletype": 1}), quarter, **RGB)
    assert np.array_equal(levels_of(content).round(), half)
    assert "reduced-size" in notes_of(content)


def test_raw_pictures_of_a_camera_are_named():
    version = [(50706, 1, 4, bytes([1, 4, 0, 0]), True)]
    assert rule_of(tiff_of((COLOUR, {"extratags": version}), **RGB)) == "camera-raw"
    assert rule_of(tiff_of(GREY_16, photometric="cfa")) == "camera-raw"


def test_what_is_only_not_read_is_distinguished_from_damage():
    assert rule_of(tiff_of(GREY.astype(np.complex64), **BLACK_IS_ZERO)) == "encoding-of-tiff"
    content = bytearray(tiff_of(GREY, **BLACK_IS_ZERO))
    at = content.index((259).to_bytes(2, "little"))
    content[at + 8 : at + 10] = (12345).to_bytes(2, "little")  # no such compression
    assert rule_of(bytes(content)) == "encoding-of-tiff"


@pytest.mark.parametrize("compression", [None, "deflate", "lzw"])
def test_a_tiff_that_is_cut_off_is_refused(compression):
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH)).astype(np.uint8)
    content = tiff_of(noise, compression=compression, **BLACK_IS_ZERO)
    assert rule_of(content[:-200]) == "truncated"
    broken = bytearray(tiff_of(noise, compression="deflate", **BLACK_IS_ZERO))
    broken[-300:-100] = bytes(200)
    assert rule_of(bytes(broken)) == "decoder-failed"
