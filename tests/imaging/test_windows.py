"""From stored values to what is seen: computed by hand, and compared with pydicom."""

import numpy as np
import pytest
from made_dicom import as_bytes, decoded, dicom_dataset, dicom_file, image_of, look_up_table
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from medmeta_core.imaging import Window, shown_through
from medmeta_core.imaging.windowing import assumed_window, exact_window

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR CS")

STORED = np.array([[0, 500, 1000], [1024, 1064, 2000]], np.uint16)


def test_rescaling_gives_hounsfield_units():
    image = image_of(dicom_file(STORED, RescaleSlope=1, RescaleIntercept=-1024))
    assert image.values.tolist() == [[-1024, -524, -24], [0, 40, 976]]
    assert image.units == "HU"


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


def test_a_modality_table_maps_values_and_holds_at_its_ends():
    stored = np.array([[-3, -2, -1, 0, 1]], np.int16)
    content = dicom_file(stored, ModalityLUTSequence=[look_up_table(-2, 16, [10, 20, 40])])
    assert image_of(content).values.tolist() == [[10, 10, 20, 40, 40]]


def test_a_voi_table_wins_over_a_window():
    stored = np.array([[0, 1, 2, 3, 9]], np.uint16)
    table = look_up_table(1, 12, [0, 1024, 4095])
    image = image_of(dicom_file(stored, VOILUTSequence=[table], WindowCenter=4, WindowWidth=9))
    assert image.pixels[0, 0] == pytest.approx([0, 0, 1024 / 4095, 1, 1], abs=1 / 65535)
    assert image.window is None


def test_an_empty_form_of_a_table_counts_for_nothing():
    item = Dataset()
    item.add_new("LUTDescriptor", "US", None)
    image = image_of(dicom_file(STORED, VOILUTSequence=[item], WindowCenter=40, WindowWidth=100))
    assert image.window == Window(40, 100)


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


def test_padding_is_left_out_of_the_assumed_window():
    stored = np.full((20, 20), -2000, np.int16)
    stored[5:15, 5:15] = np.arange(100).reshape(10, 10)
    image = image_of(dicom_file(stored, PixelPaddingValue=-2000))
    low = image.window.centre - image.window.width / 2
    assert low > -5 and "window-assumed" in image.notes


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
    shown = apply_voi_lut(values, dataset)
    assert np.array_equal(image.values, values.astype(np.float32))
    y_min, y_max = shown.min(), shown.max()  # pydicom keeps the range of the values
    assert image.pixels[0] == pytest.approx((shown - y_min) / (y_max - y_min), abs=1e-5)


def test_an_exact_window_equals_its_linear_twin():
    values = np.linspace(-5, 5, 11, dtype=np.float32)[None]
    shown = shown_through(values, exact_window(0, 4))
    assert shown[0] == pytest.approx(np.clip((values[0] + 2) / 4, 0, 1))


def test_an_assumed_window_spans_the_percentiles():
    window = assumed_window(np.arange(1001, dtype=np.float32))
    assert (window.centre - 0.5, window.width - 1) == (pytest.approx(500), pytest.approx(990))


SIGNED = np.array([[0, 100, 1000, 2000]], np.int16)


def voi_table(first: int, n_bits: int, entries: np.ndarray, *, vr: str = "US") -> Dataset:
    """A VOI LUT whose descriptor is written in the value representation given."""
    item = Dataset()
    item.add_new("LUTDescriptor", vr, [len(entries) % 2**16, first, n_bits])
    item.add_new("LUTData", "OW", np.asarray(entries).astype("<u2").tobytes())
    return item


RISING = voi_table(2**16 - 1024, 12, np.arange(4096))  # -1024 to 3071
AS_RISING = (np.array([0, 100, 1000, 2000]) + 1024) / 4095


@pytest.mark.parametrize(
    "attributes",
    [
        {},  # signed by Pixel Representation
        {"RescaleSlope": 1, "RescaleIntercept": -10},
    ],
)
def test_the_first_value_of_a_voi_table_has_the_sign_of_its_input_not_of_the_frame(attributes):
    stored = SIGNED + np.int16(-attributes.get("RescaleIntercept", 0))
    image = image_of(dicom_file(stored, VOILUTSequence=[RISING], **attributes))
    assert image.pixels[0, 0] == pytest.approx(AS_RISING, abs=1e-4)


def test_rescaling_to_negative_values_gives_a_voi_table_a_sign_though_none_is_there():
    stored = (SIGNED + 1024).astype(np.uint16)  # CT: no value below 0 HU in this frame
    image = image_of(
        dicom_file(stored, VOILUTSequence=[RISING], RescaleSlope=1, RescaleIntercept=-1024)
    )
    assert image.pixels[0, 0] == pytest.approx(AS_RISING, abs=1e-4)


def test_hounsfield_units_always_have_a_sign():
    content = dicom_file(
        SIGNED.astype(np.uint16), VOILUTSequence=[RISING], RescaleSlope=1, RescaleIntercept=0
    )
    assert image_of(content).pixels[0, 0] == pytest.approx(AS_RISING, abs=1e-4)


def test_rescaling_to_positive_values_leaves_a_voi_table_without_sign():
    stored = np.array([[0, 100, 200]], np.int16)  # -32768 ... 32767 become 0 ... 65535
    table = voi_table(2**15, 8, np.arange(256))
    image = image_of(
        dicom_file(
            stored, Modality="MR", VOILUTSequence=[table], RescaleSlope=1, RescaleIntercept=32768
        )
    )
    assert image.pixels[0, 0] == pytest.approx([0, 100 / 255, 200 / 255], abs=1e-4)


def test_a_voi_table_of_unsigned_values_has_no_sign_though_it_is_written_with_one():
    stored = np.array([[40000, 40100, 40200]], np.uint16)
    table = voi_table(40000 - 2**16, 8, np.arange(256), vr="SS")  # as dcmtk reads it
    image = image_of(dicom_file(stored, VOILUTSequence=[table]))
    assert image.pixels[0, 0] == pytest.approx([0, 100 / 255, 200 / 255], abs=1e-4)


def test_a_voi_table_may_begin_below_all_values():
    stored = np.array([[0, 100]], np.uint16)
    twelve_bits = {"BitsStored": 12, "HighBit": 11}  # 65526 is none of their values
    table = voi_table(-10, 8, np.arange(256), vr="SS")
    image = image_of(dicom_file(stored, VOILUTSequence=[table], **twelve_bits))
    assert image.pixels[0, 0] == pytest.approx([10 / 255, 110 / 255], abs=1e-4)


def test_behind_a_modality_table_a_voi_table_has_no_sign():
    """PS3.3 C.11.2.1.1: the output of a modality LUT is unsigned."""
    stored = np.array([[-1, 0, 1]], np.int16)
    modality = look_up_table(-1, 16, [40000, 40100, 40200])
    table = voi_table(40000, 8, np.arange(256))
    image = image_of(dicom_file(stored, ModalityLUTSequence=[modality], VOILUTSequence=[table]))
    assert image.pixels[0, 0] == pytest.approx([0, 100 / 255, 200 / 255], abs=1e-4)


def test_a_table_of_more_entries_than_a_signed_number_holds_is_read():
    stored = np.array([[-20000, 0, 19999]], np.int16)
    table = voi_table(-20000, 16, np.arange(40000), vr="OW")
    table["LUTDescriptor"].value = np.array([40000, 45536, 16], "<u2").tobytes()
    image = image_of(
        dicom_file(stored, TransferSyntaxUID=ImplicitVRLittleEndian, VOILUTSequence=[table])
    )
    assert image.pixels[0, 0] == pytest.approx([0, 20000 / 65535, 39999 / 65535], abs=1e-4)


@pytest.mark.parametrize(
    ("n_bits", "largest", "white"),
    [
        (16, 65535, 65535),
        (16, 40000, 65535),  # the highest bit is in use: the statement stands
        (16, 4095, 4095),
        (16, 3000, 3000),
        (12, 4095, 4095),
        (12, 3000, 4095),
        (12, 1023, 1023),
        (10, 4095, 4095),  # more than is stated
        (8, 65535, 65535),
        (8, 255, 255),
    ],
)
def test_a_voi_table_is_brightest_at_its_bits_or_at_its_largest_entry(n_bits, largest, white):
    stored = np.array([[0, 1, 2]], np.uint16)
    table = voi_table(0, n_bits, np.array([0, largest // 2, largest]))
    shown = image_of(dicom_file(stored, VOILUTSequence=[table])).pixels[0, 0]
    assert shown == pytest.approx([0, largest // 2 / white, largest / white], abs=1e-4)


def test_a_table_without_light_is_black():
    table = voi_table(0, 12, np.zeros(4))
    assert image_of(dicom_file(STORED, VOILUTSequence=[table])).pixels.max() == 0


def test_values_below_the_first_of_a_modality_table_take_its_first_entry():
    stored = np.array([[0, 4, 5, 6, 9]], np.uint16)
    content = dicom_file(stored, ModalityLUTSequence=[look_up_table(5, 16, [10, 20, 40])])
    assert image_of(content).values.tolist() == [[10, 10, 10, 20, 40]]


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


@pytest.mark.parametrize(("dtype", "kind"), [(np.float32, "Float"), (np.float64, "DoubleFloat")])
def test_padding_of_floating_point_pixels_is_left_out(dtype, kind):
    values = padded(np.int32, -9999, range(100, 200)).astype(dtype)
    dataset = dicom_dataset(values[:1, :1], Rows=20, Columns=20, BitsStored=None, HighBit=None)
    del dataset.PixelData, dataset.PixelRepresentation
    setattr(dataset, f"{kind}PixelData", values.tobytes())
    setattr(dataset, f"{kind}PixelPaddingValue", -9999.0)
    window = image_of(as_bytes(dataset)).window
    assert window.centre - window.width / 2 > 99


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
)
@pytest.mark.parametrize("n_bits", [8, 16])
@pytest.mark.parametrize("keyword", ["VOILUTSequence", "ModalityLUTSequence"])
def test_tables_are_read_in_every_byte_order(syntax, n_bits, keyword):
    entries = np.arange(256) * (1 if n_bits == 8 else 257)
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    words = entries.astype("u1").view("<u2") if n_bits == 8 else entries
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [256, 10, n_bits])
    item.add_new("LUTData", "OW", words.astype(f"{order}u2").tobytes())
    stored = np.array([[10, 11, 100, 265, 300]], np.uint16)
    dataset = dicom_dataset(stored, TransferSyntaxUID=syntax, **{keyword: [item]})
    dataset.PixelData = stored.astype(f"{order}u2").tobytes()
    image = image_of(as_bytes(dataset))
    expected = np.array([0, 1, 90, 255, 255])
    if keyword == "VOILUTSequence":
        assert image.pixels[0, 0] == pytest.approx(expected / 255, abs=1e-4)
    else:
        assert image.values[0] == pytest.approx(expected * (1 if n_bits == 8 else 257))
