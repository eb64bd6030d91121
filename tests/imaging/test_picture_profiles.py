"""ICC profiles of pictures: converted to sRGB as LittleCMS does through Pillow, or noted."""

import io
import struct

import imagecodecs
import numpy as np
import pytest
from made_dicom import decoded, image_of
from made_pictures import COLOUR, COLOUR_16, GREY, GREY_16, jpeg2000_of, saved, tiff_of
from made_profiles import ADOBE_RGB, SRGB, grey_profile
from PIL import Image, ImageCms

LINEAR_GREY = grey_profile(1.0)
LOSSLESS_JPEG = imagecodecs.jpeg8_encode(COLOUR, lossless=True)


def converted(pixels: np.ndarray, profile: bytes) -> np.ndarray:
    """(h, w, 3) in sRGB, by Pillow."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    picture = Image.fromarray(pixels)
    return np.asarray(ImageCms.profileToProfile(picture, source, target, outputMode="RGB"))


def levels_of(content: bytes) -> np.ndarray:
    return np.asarray(image_of(content).pixels.transpose(1, 2, 0), np.float64) * 255


def jpeg_with_profile(jpeg: bytes, profile: bytes) -> bytes:
    """A JPEG whose profile comes in two segments, the second first."""
    half = len(profile) // 2
    parts = [b"ICC_PROFILE\0\1\2" + profile[:half], b"ICC_PROFILE\0\2\2" + profile[half:]]
    segments = (b"\xff\xe2" + struct.pack(">H", len(part) + 2) + part for part in reversed(parts))
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def jp2_with_profile(pixels: np.ndarray, profile: bytes) -> bytes:
    """A JP2 whose colour box has a profile in place of a number (ISO/IEC 15444-1, I.5.3.3)."""
    content = jpeg2000_of(pixels, codecformat="jp2")
    header, colour = content.index(b"jp2h") - 4, content.index(b"colr") - 4
    n_colour = struct.unpack_from(">I", content, colour)[0]
    box = struct.pack(">I4sBBB", 11 + len(profile), b"colr", 2, 0, 0) + profile
    n_header = struct.unpack_from(">I", content, header)[0] - n_colour + len(box)
    return (
        content[:header]
        + struct.pack(">I", n_header)
        + content[header + 4 : colour]
        + box
        + content[colour + n_colour :]
    )


def bmp_with_profile(pixels: np.ndarray, profile: bytes) -> bytes:
    """A BMP of version 5; the profile comes after the pixels."""
    rows = pixels[::-1, :, ::-1].tobytes()  # 80 pixels of 3 bytes: rows need no filling
    start = 14 + 124
    head = struct.pack(
        "<IiiHHIIiiII", 124, pixels.shape[1], pixels.shape[0], 1, 24, 0, len(rows), 0, 0, 0, 0
    )
    head += (
        bytes(16) + b"DEBM" + bytes(48) + struct.pack("<IIII", 4, 124 + len(rows), len(profile), 0)
    )
    size = start + len(rows) + len(profile)
    return b"BM" + struct.pack("<IHHI", size, 0, 0, start) + head + rows + profile


@pytest.mark.parametrize(
    ("write", "tolerance"),
    [
        (lambda p: saved(COLOUR, "PNG", icc_profile=p), 0.01),
        (lambda p: saved(COLOUR, "WEBP", lossless=True, icc_profile=p), 0.01),
        (lambda p: saved(COLOUR, "JPEG", quality=97, subsampling=0, icc_profile=p), 1.5),
        (lambda p: saved(COLOUR, "AVIF", quality=97, subsampling="4:4:4", icc_profile=p), 2),
        (lambda p: tiff_of(COLOUR, photometric="rgb", iccprofile=p), 0.01),
        (lambda p: tiff_of(COLOUR_16, photometric="rgb", iccprofile=p), 0.6),
        (lambda p: jp2_with_profile(COLOUR, p), 0.01),
        (lambda p: jp2_with_profile(COLOUR_16, p), 0.6),
        (lambda p: bmp_with_profile(COLOUR, p), 0.01),
        (lambda p: jpeg_with_profile(LOSSLESS_JPEG, p), 0.01),
    ],
)
def test_the_profile_of_every_format_is_applied(write, tolerance):
    shown, expected = levels_of(write(ADOBE_RGB)), converted(COLOUR, ADOBE_RGB)
    assert np.abs(shown - expected).mean() < tolerance
    assert np.abs(expected - COLOUR.astype(np.float64)).mean() > 5  # the profile does change them
    assert np.abs(levels_of(write(SRGB)) - COLOUR).mean() < tolerance
    assert "colour-profile-not-applied" in decoded(write(b"no profile" * 20)).description.notes


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_profile_for_grey_is_applied(kind):
    options = {"quality": 97} if kind == "JPEG" else {}
    levels = levels_of(saved(GREY, kind, icc_profile=LINEAR_GREY, **options))
    assert np.abs(levels[..., 0] - converted(GREY, LINEAR_GREY)[..., 0]).mean() < 1


def test_a_profile_for_grey_of_16_bits_is_applied_where_they_are_brightness():
    expected = converted(GREY, LINEAR_GREY)[..., 0]
    whole = tiff_of(GREY_16, photometric="minisblack", iccprofile=LINEAR_GREY)
    assert np.abs(levels_of(whole)[..., 0] - expected).mean() < 1
    inverted = tiff_of(255 - GREY, photometric="miniswhite", iccprofile=LINEAR_GREY)
    assert np.abs(levels_of(inverted)[..., 0] - expected).mean() < 1
    measured = tiff_of(GREY_16 // 32, photometric="minisblack", iccprofile=LINEAR_GREY)
    assert np.array_equal(image_of(measured).values, GREY_16 // 32)


def test_a_profile_for_another_kind_of_colour_is_noted():
    content = saved(COLOUR, "PNG", icc_profile=LINEAR_GREY)
    assert np.array_equal(levels_of(content).round(), COLOUR)
    assert "colour-profile-not-applied" in decoded(content).description.notes


def test_colours_of_an_avif_given_by_numbers_are_converted():
    plain = saved(COLOUR, "AVIF", quality=97, subsampling="4:4:4")
    at = plain.index(b"colrnclx") + 8
    display_p3 = plain[:at] + (12).to_bytes(2, "big") + plain[at + 2 :]
    profile = imagecodecs.cms_profile(
        "rgb",
        whitepoint=(0.3127, 0.3290, 1.0),
        primaries=(0.68, 0.32, 1.0, 0.265, 0.69, 1.0, 0.15, 0.06, 1.0),
        transferfunction=_curve_of_srgb(),
    )
    assert np.abs(levels_of(display_p3) - converted(COLOUR, profile)).mean() < 2
    assert np.abs(levels_of(plain) - COLOUR).mean() < 2


def _curve_of_srgb() -> np.ndarray:
    levels = np.linspace(0, 1, 4096)
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return (light * 65535).round().astype(np.uint16)
