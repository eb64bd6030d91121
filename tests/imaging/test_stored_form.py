"""What the store keeps is what was read, to the last bit."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_dicom import dicom_file, image_of, look_up_table

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging import MedicalImage, Window, as_png, decode_image, encode_image, thumbnail
from medmeta_core.imaging.stored_form import MAGIC

GENERATOR = np.random.default_rng(0)
STORED = GENERATOR.integers(-1000, 2000, (60, 70)).astype(np.int16)


def same(one: MedicalImage, other: MedicalImage) -> bool:
    for field in fields(MedicalImage):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if isinstance(left, np.ndarray):
            if left.dtype != right.dtype or left.tobytes() != right.tobytes():
                return False
        elif left != right:
            return False
    return True


def colour(pixels: np.ndarray) -> MedicalImage:
    return MedicalImage(pixels=pixels, modality="OT", source_digest="d" * 64)


IMAGES = {
    "a window": dicom_file(STORED, WindowCenter=40, WindowWidth=400),
    "an exact window": dicom_file(
        STORED, WindowCenter=40.3, WindowWidth=0.7, VOILUTFunction="LINEAR_EXACT"
    ),
    "MONOCHROME1": dicom_file(
        STORED, PhotometricInterpretation="MONOCHROME1", WindowCenter=1, WindowWidth=99
    ),
    "a sigmoid": dicom_file(STORED, WindowCenter=40, WindowWidth=400, VOILUTFunction="SIGMOID"),
    "a VOI table": dicom_file(STORED, VOILUTSequence=[look_up_table(-5, 12, [0, 700, 4095])]),
    "a fraction as slope": dicom_file(STORED, RescaleSlope="0.0172", RescaleIntercept="-3.3"),
    "eight bits": dicom_file(GENERATOR.integers(0, 256, (9, 7)).astype(np.uint8)),
    "colour": dicom_file(GENERATOR.integers(0, 256, (9, 7, 3)).astype(np.uint8)),
    "colour of sixteen bits": dicom_file(GENERATOR.integers(0, 65536, (9, 7, 3)).astype(np.uint16)),
    "many frames": dicom_file(STORED, Rows=20, NumberOfFrames=3, PixelSpacing=[0.5, 0.25]),
}


@pytest.mark.parametrize("kind", IMAGES)
def test_every_kind_of_image_comes_back_to_the_last_bit(kind):
    image = image_of(IMAGES[kind])
    assert same(decode_image(encode_image(image)), image)


def test_what_was_never_of_few_levels_comes_back_too():
    image = colour(GENERATOR.random((3, 20, 30)).astype(np.float32))
    assert same(decode_image(encode_image(image)), image)


@given(arrays(np.float32, (5, 4), elements=st.floats(width=32)))
@settings(max_examples=60, deadline=None)
def test_any_values_come_back_to_the_last_bit(values):
    image = replace(colour(np.zeros((1, 5, 4), np.float32)), values=values)
    assert same(decode_image(encode_image(image)), image)


def test_another_window_comes_back():
    image = image_of(IMAGES["MONOCHROME1"]).with_window(Window(12.5, 333))
    assert same(decode_image(encode_image(image)), image)


def test_the_same_image_gives_the_same_bytes():
    image = image_of(IMAGES["a window"])
    assert encode_image(decode_image(encode_image(image))) == encode_image(image)


def test_the_stored_form_is_no_larger_than_the_pixels_were():
    smooth = np.add.outer(np.arange(512), np.arange(512)).astype(np.int16)
    assert len(encode_image(image_of(dicom_file(smooth)))) < smooth.nbytes / 4


def test_nothing_of_the_patient_is_stored():
    image = replace(image_of(IMAGES["a window"]), patient_key="0123456789abcdef")
    content = encode_image(image)
    assert b"0123456789abcdef" not in content and b"patient" not in content
    assert decode_image(content).patient_key is None


def test_a_damaged_form_is_refused_wherever_it_is_damaged():
    content = encode_image(image_of(IMAGES["a window"]))
    for at in range(len(content)):
        damaged = bytearray(content)
        damaged[at] ^= 0xFF
        try:
            assert decode_image(bytes(damaged)).pixels.shape == (1, 60, 70)
        except UnreadableImageError as error:
            assert error.rule == "damaged-image"
    for n in (0, 5, 40, len(content) - 1):
        with pytest.raises(UnreadableImageError):
            decode_image(content[:n])


def test_a_form_that_claims_more_than_it_may_is_refused_before_it_is_inflated():
    content = encode_image(image_of(IMAGES["eight bits"]))
    claimed = content.replace(b'"shape":[9,7]', b'"shape":[99999,99999]')
    n_header = int.from_bytes(content[len(MAGIC) : len(MAGIC) + 4], "big")
    longer = n_header + len(claimed) - len(content)
    claimed = claimed.replace(n_header.to_bytes(4, "big"), longer.to_bytes(4, "big"), 1)
    with pytest.raises(UnreadableImageError):
        decode_image(claimed)


def test_a_thumbnail_is_small_and_a_png_is_as_shown():
    image = image_of(IMAGES["colour"])
    wide = colour(np.zeros((3, 300, 600), np.float32))
    assert image_of(thumbnail(wide)).pixels.shape == (3, 80, 160)
    assert image_of(as_png(wide, max_side=100)).pixels.shape == (3, 50, 100)
    assert np.array_equal(image_of(as_png(image)).pixels, image.pixels)
