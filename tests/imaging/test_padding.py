"""Padding around the image, which no window counts."""

import numpy as np
import pytest
from made_dicom import as_bytes, dicom_dataset, dicom_file, image_of

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR CS")


def test_padding_is_left_out_of_the_assumed_window():
    stored = np.full((20, 20), -2000, np.int16)
    stored[5:15, 5:15] = np.arange(100).reshape(10, 10)
    image = image_of(dicom_file(stored, PixelPaddingValue=-2000))
    low = image.window.centre - image.window.width / 2
    assert low > -5 and "window-assumed" in image.notes


def padded(dtype: type, padding: int, inside: range) -> np.ndarray:
    stored = np.full((20, 20), padding, dtype)
    stored[5:15, 5:15] = np.array(inside)[: 10 * 10].reshape(10, 10)
    return stored


@pytest.mark.parametrize(
    ("dtype", "padding", "stated", "vr"),
    [
        (np.int16, -2000, 63536, "US"),
        (np.int16, -2000, -2000, "SS"),
        (np.uint16, 63536, -2000, "SS"),
        (np.uint16, 63536, 63536, "US"),
        (np.uint16, 65535, -1, "SS"),
    ],
)
def test_padding_is_known_by_its_bits_whatever_sign_it_is_written_with(dtype, padding, stated, vr):
    dataset = dicom_dataset(padded(dtype, padding, range(100, 200)))
    dataset.add_new("PixelPaddingValue", vr, stated)
    window = image_of(as_bytes(dataset)).window
    assert window.centre - window.width / 2 > 99 and window.centre + window.width / 2 < 201


@pytest.mark.parametrize("vr", ["US", "SS"])
def test_a_range_of_padding_is_known_by_its_bits_too(vr):
    stored = padded(np.int16, -2000, range(100, 200))
    stored[:3] = -1500
    dataset = dicom_dataset(stored)
    numbers = {"PixelPaddingValue": -2000, "PixelPaddingRangeLimit": -1200}
    for keyword, number in numbers.items():
        dataset.add_new(keyword, vr, number % 2**16 if vr == "US" else number)
    window = image_of(as_bytes(dataset)).window
    assert window.centre - window.width / 2 > 99


def test_padding_of_twelve_bits_may_be_written_with_sixteen():
    words = padded(np.uint16, 0xF830 & 0xFFF, range(100, 200))  # -2000 in 12 bits
    dataset = dicom_dataset(words, BitsStored=12, HighBit=11, PixelRepresentation=1)
    dataset.add_new("PixelPaddingValue", "US", 0xF830)
    window = image_of(as_bytes(dataset)).window
    assert window.centre - window.width / 2 > 99


@pytest.mark.parametrize(("dtype", "kind"), [(np.float32, "Float"), (np.float64, "DoubleFloat")])
def test_padding_of_floating_point_pixels_is_left_out(dtype, kind):
    values = padded(np.int32, -9999, range(100, 200)).astype(dtype)
    dataset = dicom_dataset(values[:1, :1], Rows=20, Columns=20, BitsStored=None, HighBit=None)
    del dataset.PixelData, dataset.PixelRepresentation
    setattr(dataset, f"{kind}PixelData", values.tobytes())
    setattr(dataset, f"{kind}PixelPaddingValue", -9999.0)
    window = image_of(as_bytes(dataset)).window
    assert window.centre - window.width / 2 > 99
