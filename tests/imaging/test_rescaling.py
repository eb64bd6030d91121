"""From stored values to values in their unit."""

import numpy as np
import pytest
from made_dicom import dicom_file, image_of

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR CS")


STORED = np.array([[0, 500, 1000], [1024, 1064, 2000]], np.uint16)


def test_rescaling_gives_hounsfield_units():
    image = image_of(dicom_file(STORED, RescaleSlope=1, RescaleIntercept=-1024))
    assert image.values.tolist() == [[-1024, -524, -24], [0, 40, 976]]
    assert image.units == "HU"


def test_a_slope_of_zero_counts_as_no_rescaling_and_is_noted():
    plain = image_of(dicom_file(STORED, WindowCenter=1000, WindowWidth=1000))
    zero = image_of(
        dicom_file(
            STORED, WindowCenter=1000, WindowWidth=1000, RescaleSlope=0, RescaleIntercept=-1024
        )
    )
    assert np.array_equal(zero.pixels, plain.pixels) and np.array_equal(zero.values, STORED)
    assert "rescale-slope-zero" in zero.notes and "rescale-slope-zero" not in plain.notes
    assert zero.units == ""


def test_a_slope_of_zero_in_eight_bits_leaves_their_range():
    stored = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = image_of(dicom_file(stored, RescaleSlope=0, RescaleIntercept=7))
    assert np.array_equal(image.pixels[0], stored.astype(np.float32) / np.float32(255))
