"""ICC profiles: compared with the formula of their colour space and with Pillow."""

from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from made_dicom import as_bytes, decoded, dicom_dataset
from made_profiles import ADOBE_RGB, LAB, SRGB, grey_profile
from PIL import Image, ImageCms
from pydicom.dataset import Dataset

from medmeta_core.imaging import colour_profile
from medmeta_core.imaging.colour_profile import NOT_APPLIED, to_srgb

COLOURS = np.random.default_rng(3).integers(0, 256, (40, 50, 3)).astype(np.uint8)
GREY_GAMMA_18 = grey_profile(1.8)


def adobe_to_srgb(colours: np.ndarray) -> np.ndarray:
    """Adobe RGB (1998) in [0, 1] as sRGB: linear light, one matrix (both D65), sRGB's curve."""
    light = colours ** (563 / 256)
    matrix = np.array([[1.39836, -0.39836, 0], [0, 1, 0], [0, -0.04293, 1.04293]])
    light = np.clip(light @ matrix.T, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def test_adobe_rgb_follows_its_formula():
    converted, note = to_srgb(COLOURS, ADOBE_RGB)
    expected = adobe_to_srgb(COLOURS / 255) * 255
    assert note is None and converted.dtype == np.uint8
    assert np.abs(converted - expected).max() <= 1.5
    assert np.abs(COLOURS - expected).max() > 20  # that nothing happens is not enough


def test_sixteen_bits_follow_the_same_formula():
    colours = COLOURS.astype(np.uint16) * np.uint16(257)
    converted, note = to_srgb(colours, ADOBE_RGB)
    assert note is None and converted.dtype == np.uint16
    assert np.abs(converted - adobe_to_srgb(colours / 65535) * 65535).max() <= 257


def test_large_pictures_of_sixteen_bits_are_converted_in_eight(monkeypatch):
    monkeypatch.setattr(colour_profile, "MAX_EXACT_PIXELS", 10)
    colours = COLOURS.astype(np.uint16) * np.uint16(257)
    converted, _ = to_srgb(colours, ADOBE_RGB)
    assert converted.dtype == np.uint16
    assert np.abs(converted - adobe_to_srgb(colours / 65535) * 65535).max() <= 400


def test_a_conversion_equals_that_of_pillow():
    picture = ImageCms.profileToProfile(
        Image.fromarray(COLOURS),
        ImageCms.ImageCmsProfile(BytesIO(ADOBE_RGB)),
        ImageCms.createProfile("sRGB"),
    )
    converted, _ = to_srgb(COLOURS, ADOBE_RGB)
    assert np.abs(converted.astype(int) - np.asarray(picture).astype(int)).max() <= 1


@pytest.mark.parametrize("profile", [SRGB, imagecodecs.cms_profile("srgb")])
def test_srgb_stays_as_it_is_to_the_last_bit(profile):
    for pixels in (COLOURS, COLOURS.astype(np.uint16) * np.uint16(251), COLOURS[..., 0]):
        converted, note = to_srgb(pixels, profile)
        assert np.array_equal(converted, pixels) and note is None


def test_grey_follows_a_grey_profile():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    light = (levels / 255) ** 1.8
    expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    converted, note = to_srgb(levels, GREY_GAMMA_18)
    assert note is None and converted.shape == (16, 16)
    assert np.abs(converted - expected * 255).max() <= 1.5


def test_grey_under_a_profile_for_rgb_counts_as_equal_parts():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    converted, note = to_srgb(levels, ADOBE_RGB)
    expected = adobe_to_srgb(np.stack([levels / 255] * 3, axis=-1))[..., 1] * 255
    assert note is None and np.abs(converted - expected).max() <= 1.5


@pytest.mark.parametrize(
    "profile", [b"", b"x" * 300, ADOBE_RGB[:200], ADOBE_RGB[:128], GREY_GAMMA_18, LAB]
)
def test_a_profile_that_cannot_be_used_is_noted_and_changes_nothing(profile):
    converted, note = to_srgb(COLOURS, profile)
    assert np.array_equal(converted, COLOURS) and note == NOT_APPLIED


def profile_of_inks() -> bytes:
    """A CMYK profile whose only light colour is paper without ink (ICC.1 10.11, lut8Type)."""
    ramp = bytes(range(256))
    corners = b"".join(bytes([255 if ink == 0 else 0, 128, 128]) for ink in range(16))  # Lab
    identity = b"".join(int(i in (0, 4, 8)).to_bytes(2, "big") + bytes(2) for i in range(9))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + ramp * 4 + corners + ramp * 3
    tags = (1).to_bytes(4, "big") + b"A2B0" + (144).to_bytes(4, "big")
    size = 144 + len(table)
    header = bytearray(128)
    header[0:4] = size.to_bytes(4, "big")
    header[8:12] = b"\x02\x40\0\0"
    header[12:24] = b"prtrCMYKLab "
    header[36:40] = b"acsp"
    header[68:80] = bytes.fromhex("0000f6d6 00010000 0000d32d")  # D50
    return bytes(header) + tags + len(table).to_bytes(4, "big") + table


def test_inks_become_colours():
    inks = np.array([[[0, 0, 0, 0], [255, 255, 255, 255], [0, 0, 0, 255]]], np.uint8)
    converted, note = to_srgb(inks, profile_of_inks())
    assert note is None and converted.shape == (1, 3, 3)
    assert converted[0, 0].min() >= 253 and converted[0, 1:].max() <= 2


def dicom_with_profile(profile: bytes, *, is_in_path: bool = False) -> Dataset:
    dataset = dicom_dataset(COLOURS)
    holder = dataset
    if is_in_path:
        holder, other = Dataset(), Dataset()
        holder.OpticalPathIdentifier, other.OpticalPathIdentifier = "2", "1"
        other.ICCProfile = SRGB
        dataset.OpticalPathSequence = [other, holder]
        path, group = Dataset(), Dataset()
        path.OpticalPathIdentifier = "2"
        group.OpticalPathIdentificationSequence = [path]
        dataset.SharedFunctionalGroupsSequence = [group]
    holder.ICCProfile = profile
    return dataset


@pytest.mark.parametrize("is_in_path", [False, True])
def test_the_profile_of_a_dicom_file_is_applied(is_in_path):
    """PS3.3 C.11.15; of several optical paths that of the frame."""
    frame = decoded(as_bytes(dicom_with_profile(ADOBE_RGB, is_in_path=is_in_path)))
    assert np.array_equal(frame.levels.transpose(1, 2, 0), to_srgb(COLOURS, ADOBE_RGB)[0])
    assert NOT_APPLIED not in frame.description.notes


def test_the_profile_of_a_dicom_file_of_twelve_bits_is_applied():
    stored = (COLOURS.astype(np.uint16) * 4095 + 127) // 255
    dataset = dicom_dataset(stored, BitsStored=12, HighBit=11)
    dataset.ICCProfile = ADOBE_RGB
    levels = decoded(as_bytes(dataset)).levels.transpose(1, 2, 0)
    assert np.abs(levels - adobe_to_srgb(stored / 4095) * 65535).max() <= 257


def test_the_profile_of_a_palette_is_applied():
    dataset = dicom_dataset(np.arange(4, dtype=np.uint8)[None])
    dataset.PhotometricInterpretation = "PALETTE COLOR"
    for name, entries in zip(("Red", "Green", "Blue"), COLOURS[0, :4].T, strict=True):
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [4, 0, 8])
        setattr(dataset, f"{name}PaletteColorLookupTableData", entries.tobytes())
    dataset.ICCProfile = ADOBE_RGB
    levels = decoded(as_bytes(dataset)).levels
    assert np.array_equal(levels.transpose(1, 2, 0), to_srgb(COLOURS[:1, :4], ADOBE_RGB)[0])


@pytest.mark.parametrize("profile", [b"\0" * 200, ADOBE_RGB[:150], LAB, GREY_GAMMA_18])
def test_a_profile_of_a_dicom_file_that_cannot_be_used_is_noted(profile):
    frame = decoded(as_bytes(dicom_with_profile(profile)))
    assert np.array_equal(frame.levels.transpose(1, 2, 0), COLOURS)
    assert NOT_APPLIED in frame.description.notes
