"""What holds for every kind of picture: what is seen is what the file says."""

from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from made_dicom import decoded, image_of
from PIL import Image

from medmeta_core.imaging import Window
from medmeta_core.imaging.refusals import Refused

GREY = np.arange(30, dtype=np.uint8).reshape(5, 6) * 8
COLOUR = np.arange(90, dtype=np.uint8).reshape(5, 6, 3) * 2


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_every_lossless_format_gives_back_the_colours(kind, options):
    image = image_of(saved(Image.fromarray(COLOUR), kind, **options))
    assert np.array_equal(image.pixels, COLOUR.transpose(2, 0, 1).astype(np.float32) / 255)
    assert image.modality == "OT" and image.values is None


def test_grey_has_values_and_a_window_that_can_change():
    image = image_of(saved(Image.fromarray(GREY), "PNG"))
    assert image.pixels.shape == (1, 5, 6)
    assert np.array_equal(image.pixels[0], GREY.astype(np.float32) / 255)
    assert np.array_equal(image.values, GREY)
    assert image.with_window(Window(0.5, 1)).pixels[0, 0].tolist() == [0, 1, 1, 1, 1, 1]


def test_sixteen_bits_that_use_their_range_are_shown_whole():
    stored = np.array([[0, 32768, 65535]], np.uint16)
    image = image_of(saved(Image.fromarray(stored), "PNG"))
    assert image.pixels[0, 0] == pytest.approx(stored[0] / 65535)
    assert "window-assumed" not in image.notes


def test_twelve_bits_in_sixteen_are_shown_through_an_assumed_window():
    stored = (np.arange(4096, dtype=np.uint16)).reshape(64, 64)
    image = image_of(saved(Image.fromarray(stored), "PNG"))
    assert image.pixels.min() == 0 and image.pixels.max() == 1
    assert "window-assumed" in image.notes
    assert np.array_equal(image.values, stored)


@pytest.mark.parametrize("low", [0, 500, 33069, 60000])
def test_colours_that_span_little_of_sixteen_bits_are_shown_through_an_assumed_window(low):
    colours = (low + COLOUR.astype(np.uint16) * 20).astype(np.uint16)  # less than a sixteenth
    content = imagecodecs.png_encode(colours)
    black, white = np.percentile(colours, (0.5, 99.5))
    expected = np.clip((colours - black) / (white - black), 0, 1)
    image = image_of(content)
    assert np.abs(image.pixels.transpose(1, 2, 0) - expected).mean() < 0.001
    assert "window-assumed" in image.notes


def test_the_orientation_of_a_camera_is_followed():
    picture = Image.fromarray(COLOUR)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    turned = decoded(saved(picture, "PNG", exif=exif)).levels
    assert np.array_equal(turned, np.rot90(COLOUR, -1).transpose(2, 0, 1))


def test_cmyk_becomes_rgb():
    picture = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # no cyan: red
    levels = decoded(saved(picture, "JPEG", quality=95)).levels
    assert levels[:, 8, 8] == pytest.approx([255, 0, 0], abs=6)


def test_a_palette_becomes_rgb():
    picture = Image.fromarray(COLOUR).convert("P", palette=Image.Palette.ADAPTIVE)
    assert np.array_equal(
        decoded(saved(picture, "PNG")).levels, np.asarray(picture.convert("RGB")).transpose(2, 0, 1)
    )


def test_see_through_parts_are_black_and_noted():
    colours = np.full((4, 4, 4), 200, np.uint8)
    colours[..., 3] = 255
    opaque = decoded(saved(Image.fromarray(colours), "PNG"))
    colours[0, 0, 3] = 0
    pierced = decoded(saved(Image.fromarray(colours), "PNG"))
    assert opaque.levels.min() == 200 and "transparent-parts" not in opaque.description.notes
    assert pierced.levels[:, 0, 0].tolist() == [0, 0, 0]
    assert pierced.levels[:, 1, 1].tolist() == [200, 200, 200]
    assert "transparent-parts" in pierced.description.notes


def test_pages_of_a_tiff_are_frames():
    pages = [Image.fromarray(np.full((70, 80), level, np.uint8)) for level in (10, 20, 30)]
    content = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert decoded(content).values.max() == 20
    assert [decoded(content, n).values.max() for n in range(3)] == [10, 20, 30]
    assert decoded(content).description.n_frames == 3


def test_of_pages_of_unequal_size_the_first_is_read_and_noted():
    pages = [Image.new("L", (size, size), 128) for size in (80, 40, 20)]
    frame = decoded(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert frame.values.shape == (80, 80)
    assert frame.description.n_frames == 1
    assert "frames-differ-in-size" in frame.description.notes


def test_a_tiff_in_which_white_is_zero_is_inverted():
    stored = np.array([[0, 1000], [60000, 65535]], np.uint16)
    plain, inverted = (image_of(_tiff(stored, photometric)) for photometric in (1, 0))
    assert inverted.pixels == pytest.approx(1 - plain.pixels, abs=1e-6)


def _tiff(stored: np.ndarray, photometric: int) -> bytes:
    """A TIFF of 16 bits by hand: Pillow would write 1 for PhotometricInterpretation."""
    content = bytearray(saved(Image.fromarray(stored), "TIFF"))
    at = content.index((262).to_bytes(2, "little"))
    content[at + 8 : at + 10] = photometric.to_bytes(2, "little")
    return bytes(content)


def test_floating_point_tiffs_are_windowed():
    values = np.linspace(-1, 1, 100, dtype=np.float32).reshape(10, 10)
    values[0, 0] = np.nan
    image = image_of(saved(Image.fromarray(values), "TIFF"))
    assert np.isfinite(image.pixels).all() and "window-assumed" in image.notes


def test_small_and_empty_pictures_are_noted():
    notes = decoded(saved(Image.new("L", (200, 30), 7), "PNG")).description.notes
    assert {"low-resolution", "nearly-blank"} <= set(notes)


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n" + b"x" * 600, b"II*\0" + bytes(600), b"BM" + b"\xff" * 600]
)
def test_what_only_begins_like_a_picture_is_refused(content):
    with pytest.raises(Refused) as caught:
        decoded(content)
    assert caught.value.rule == "decoder-failed"
