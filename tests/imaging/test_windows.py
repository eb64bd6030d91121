"""From stored values to what is seen: computed by hand, and compared with pydicom."""

import numpy as np
import pytest
from made_dicom import as_bytes, decoded, dicom_dataset, dicom_file, image_of
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

from medmeta_core.imaging import Window, windowed
from medmeta_core.imaging.windowing import assumed_window, exact_window

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR CS")


STORED = np.array([[0, 500, 1000], [1024, 1064, 2000]], np.uint16)


def test_a_window_of_100_about_40_shows_minus_10_black_and_89_white():
    image = image_of(
        dicom_file(STORED, WindowCenter=40, WindowWidth=100, RescaleSlope=1, RescaleIntercept=-1024)
    )
    # PS3.3 C.11.2.1.2.1: black up to 40 - 0.5 - 99 / 2 = -10, white from 89 on; 40 lies at 50 / 99
    assert image.pixels[0, 0].tolist() == [0, 0, 0]
    assert image.pixels[0, 1] == pytest.approx([10 / 99, 50 / 99, 1])
    assert image.window == Window(40, 100)


def test_the_first_of_several_windows_is_taken():
    image = image_of(dicom_file(STORED, WindowCenter=[40, 600], WindowWidth=[100, 1500]))
    assert image.window == Window(40, 100)


def test_an_exact_window_spans_its_width_about_its_centre():
    image = image_of(
        dicom_file(STORED, WindowCenter=1000, WindowWidth=1000, VOILUTFunction="LINEAR_EXACT")
    )
    assert image.pixels[0, 0].tolist() == [0, 0, 0.5]


def test_a_sigmoid_window_follows_its_formula():
    image = image_of(
        dicom_file(STORED, WindowCenter=1000, WindowWidth=500, VOILUTFunction="SIGMOID")
    )
    expected = 1 / (1 + np.exp(-4 * (STORED.astype(float) - 1000) / 500))
    assert image.pixels[0] == pytest.approx(expected, abs=1 / 65535)
    assert image.window is None  # no linear window shows this
    assert image.values is not None


def test_monochrome1_shows_low_values_bright():
    window = {"WindowCenter": 1000.5, "WindowWidth": 2001}
    plain = image_of(dicom_file(STORED, **window))
    inverted = image_of(dicom_file(STORED, PhotometricInterpretation="MONOCHROME1", **window))
    assert inverted.inverted and not plain.inverted
    assert plain.pixels[0, 0].tolist() == [0, 0.25, 0.5]
    assert inverted.pixels[0, 0].tolist() == [1, 0.75, 0.5]


def test_an_inverse_presentation_shape_inverts_once():
    attributes = {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}
    assert image_of(dicom_file(STORED, **attributes)).inverted
    assert image_of(dicom_file(STORED, PresentationLUTShape="INVERSE")).inverted
    assert not image_of(dicom_file(STORED, PresentationLUTShape="IDENTITY")).inverted


@pytest.mark.parametrize("width", [0, -5])
def test_a_senseless_window_is_replaced_and_noted(width):
    image = image_of(dicom_file(STORED, WindowCenter=40, WindowWidth=width))
    assert "window-assumed" in image.notes
    assert image.pixels.min() == 0 and image.pixels.max() == 1


def test_a_window_narrower_than_one_is_taken_as_exact():
    stored = np.array([[0, 10, 20]], np.uint16)
    image = image_of(
        dicom_file(
            stored, WindowCenter=0.01, WindowWidth=0.02, RescaleSlope=0.001, RescaleIntercept=0
        )
    )
    assert image.pixels[0, 0] == pytest.approx([0, 0.5, 1], abs=1e-6)
    assert "window-assumed" not in image.notes


def test_eight_bits_without_a_window_are_shown_as_they_are():
    stored = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = image_of(dicom_file(stored))
    assert np.array_equal(image.pixels[0], stored.astype(np.float32) / np.float32(255))
    assert "window-assumed" not in image.notes


def test_values_of_one_number_leave_a_blank_picture_that_is_noted():
    image = image_of(dicom_file(np.full((80, 80), 7, np.uint16)))
    assert np.isfinite(image.pixels).all()
    assert "nearly-blank" in image.notes


def test_every_frame_has_its_own_window():
    frames = np.array([[[0, 100]], [[0, 100]]], np.uint16).reshape(2, 2)
    dataset = dicom_dataset(frames, Rows=1, NumberOfFrames=2)
    dataset.PerFrameFunctionalGroupsSequence = [_with_window(51, 101), _with_window(101, 201)]
    content = as_bytes(dataset)
    assert decoded(content, 0).description.window == Window(51, 101)
    assert decoded(content, 1).description.window == Window(101, 201)


def _with_window(centre, width):
    macro, group = Dataset(), Dataset()
    macro.WindowCenter, macro.WindowWidth = centre, width
    group.FrameVOILUTSequence = [macro]
    return group


def test_values_and_brightness_equal_those_of_pydicom():
    generator = np.random.default_rng(0)
    stored = generator.integers(-2000, 3000, (40, 50)).astype(np.int16)
    dataset = dicom_dataset(
        stored, RescaleSlope="0.5", RescaleIntercept="-10.25", WindowCenter=100, WindowWidth=350
    )
    image = image_of(as_bytes(dataset))
    values = apply_modality_lut(stored, dataset)
    reference = apply_voi_lut(values, dataset)
    assert np.array_equal(image.values, values.astype(np.float32))
    y_min, y_max = reference.min(), reference.max()  # pydicom keeps the range of the values
    assert image.pixels[0] == pytest.approx((reference - y_min) / (y_max - y_min), abs=1e-5)


def test_an_exact_window_equals_its_linear_twin():
    values = np.linspace(-5, 5, 11, dtype=np.float32)[None]
    brightness = windowed(values, exact_window(0, 4))
    assert brightness[0] == pytest.approx(np.clip((values[0] + 2) / 4, 0, 1))


def test_an_assumed_window_spans_the_percentiles():
    window = assumed_window(np.arange(1001, dtype=np.float32))
    assert (window.centre - 0.5, window.width - 1) == (pytest.approx(500), pytest.approx(990))


@pytest.mark.parametrize("stated", ["monochrome1", "Monochrome1 ", "MONOCHROME 1", "MONOCHROME1\0"])
def test_the_case_of_an_enumerated_value_does_not_matter(stated):
    window = {"WindowCenter": 1000.5, "WindowWidth": 2001}
    image = image_of(dicom_file(STORED, PhotometricInterpretation=stated, **window))
    assert image.inverted and image.pixels[0, 0].tolist() == [1, 0.75, 0.5]
    assert "not-conforming" in image.notes or stated.strip("\0 ") == "MONOCHROME1"


def test_other_enumerated_values_are_read_in_any_case():
    exact = {"WindowCenter": 1000, "WindowWidth": 1000}
    for function in ("linear_exact", "Linear_Exact"):
        image = image_of(dicom_file(STORED, VOILUTFunction=function, **exact))
        assert image.pixels[0, 0].tolist() == [0, 0, 0.5]
    assert image_of(dicom_file(STORED, PresentationLUTShape="inverse", **exact)).inverted
    image = image_of(dicom_file(STORED, Modality="ct", RescaleSlope=1, RescaleIntercept=0))
    assert (image.modality, image.units) == ("CT", "HU")
