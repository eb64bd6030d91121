"""Tables from stored values to values, and from values to brightness."""

import numpy as np
import pytest
from made_dicom import as_bytes, dicom_dataset, dicom_file, image_of, look_up_table
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from medmeta_core.imaging import Window

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR CS")


STORED = np.array([[0, 500, 1000], [1024, 1064, 2000]], np.uint16)


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


def test_rescaling_to_negative_values_gives_a_voi_table_a_sign_though_none_exists():
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
