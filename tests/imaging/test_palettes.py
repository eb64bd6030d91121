"""Palettes: computed by hand, and in segments compared with pydicom."""

import numpy as np
import pytest
from made_dicom import as_bytes, decoded, dicom_dataset, rule_of
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR CS")

COLOURS = ("Red", "Green", "Blue")
INDICES = np.arange(256, dtype=np.uint8).reshape(16, 16)
RAMP = np.arange(256)


def with_palette(
    dataset: Dataset, tables: tuple[np.ndarray, ...], *, first: int = 0, n_bits: int = 16
) -> Dataset:
    order = ">" if dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian else "<"
    for colour, table in zip(COLOURS, tables, strict=True):
        descriptor = [len(table), first, n_bits]
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", descriptor)
        if n_bits == 8:  # two entries in a word, the first in its low byte
            words = np.asarray(table, np.uint8).view("<u2").astype(f"{order}u2")
        else:
            words = np.asarray(table).astype(f"{order}u2")
        setattr(dataset, f"{colour}PaletteColorLookupTableData", words.tobytes())
    return dataset


def palette_file(indices: np.ndarray, tables: tuple[np.ndarray, ...], **options) -> bytes:
    syntax = options.pop("syntax", ExplicitVRLittleEndian)
    attributes = options.pop("attributes", {})
    dataset = dicom_dataset(indices, TransferSyntaxUID=syntax, **attributes)
    dataset.PhotometricInterpretation = "PALETTE COLOR"
    if syntax == ExplicitVRBigEndian and indices.itemsize == 2:
        dataset.PixelData = indices.astype(">u2").tobytes()
    elif syntax == ExplicitVRBigEndian:
        dataset.PixelData = indices.reshape(-1, 2)[:, ::-1].tobytes()  # bytes in words
    return as_bytes(with_palette(dataset, tables, **options))


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_the_table_not_the_frame_decides_between_8_and_16_bits(syntax):
    """A frame that uses dark colours only stays dark."""
    ramp = RAMP * 257
    dark = (INDICES % 3).astype(np.uint8)  # colours 0, 257 and 514
    levels = decoded(palette_file(dark, (ramp, ramp, ramp), syntax=syntax)).levels
    assert np.array_equal(levels, np.stack([dark] * 3))


def test_dark_entries_below_256_of_a_table_of_16_bits_are_black():
    tables = (np.array([0, 1, 200, 255, 65535]), np.zeros(5), np.zeros(5))
    levels = decoded(palette_file(np.array([[0, 1, 2, 3]], np.uint8), tables)).levels
    assert levels.max() == 0


def test_one_bright_table_decides_for_all_three():
    tables = (RAMP, RAMP, RAMP * 256)
    levels = decoded(palette_file(INDICES, tables)).levels
    assert levels[0].max() == 0 and np.array_equal(levels[2], INDICES)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("n_bits", [8, 16])
def test_entries_of_8_bits_are_read_in_words_of_either_order(syntax, n_bits):
    tables = (RAMP, 255 - RAMP, RAMP // 2)
    levels = decoded(palette_file(INDICES, tables, n_bits=n_bits, syntax=syntax)).levels
    assert np.array_equal(levels, np.stack([INDICES, 255 - INDICES, INDICES // 2]))


def test_entries_of_12_bits_that_are_stated_span_the_brightness():
    levels = decoded(palette_file(INDICES, (RAMP * 16,) * 3, n_bits=12)).levels
    assert np.array_equal(levels, np.stack([INDICES] * 3))


def test_indices_below_the_first_take_the_first_colour_and_those_beyond_the_last():
    tables = (np.array([10, 20, 30]), np.zeros(3), np.zeros(3))
    indices = np.array([[0, 4, 5, 6, 7, 8, 200]], np.uint8)
    levels = decoded(palette_file(indices, tables, first=5)).levels
    assert levels[0].tolist() == [[10, 10, 10, 20, 30, 30, 30]]


def test_signed_indices_have_a_signed_first():
    tables = (np.array([10, 20, 30]), np.zeros(3), np.zeros(3))
    indices = np.array([[-9, -2, -1, 0, 5]], np.int16)
    stated_signed = palette_file(indices, tables, first=-2)
    as_it_may_be = stated_signed.replace(b"SS\6\0\3\0\xfe\xff", b"US\6\0\3\0\xfe\xff")
    assert as_it_may_be != stated_signed
    for content in (stated_signed, as_it_may_be):
        assert decoded(content).levels[0].tolist() == [[10, 10, 20, 30, 30]]


SEGMENTS_16 = [0, 3, 0, 257, 514, 1, 100, 65535, 1, 53, 1000, 0, 2, 7, 9, 2, 1, 16, 0]
"""3 entries, a line of 100, a line of 53, 2 entries; then the segment at byte 16 again."""


def in_segments(dataset: Dataset, codes: list[int], n_bits: int) -> Dataset:
    dtype = "u1" if n_bits == 8 else "<u2"
    for colour in COLOURS:
        content = np.array(codes, dtype).tobytes()
        content += bytes(len(content) % 2)
        setattr(dataset, f"Segmented{colour}PaletteColorLookupTableData", content)
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [258, 0, n_bits])
    return dataset


def palette_dataset() -> Dataset:
    return dicom_dataset(
        np.arange(258, dtype=np.uint16).reshape(6, 43), PhotometricInterpretation="PALETTE COLOR"
    )


def test_a_palette_in_segments_is_expanded_by_hand():
    entries = [0, 257, 514, *np.rint(np.linspace(514, 65535, 101)[1:])]
    entries += [*np.rint(np.linspace(65535, 1000, 54)[1:]), 7, 9]
    entries += [*np.rint(np.linspace(9, 1000, 54)[1:])][:0]
    # At byte 16 of 16-bit codes stands code 8: the line of 53 entries to 1000.
    entries += [*np.rint(np.linspace(9, 1000, 54)[1:])]
    content = as_bytes(in_segments(palette_dataset(), [*SEGMENTS_16, 1, 47, 0], 16))
    entries += [*np.rint(np.linspace(1000, 0, 48)[1:])]
    assert len(entries) == 258
    levels = decoded(content).levels
    assert np.array_equal(levels[0].reshape(-1), np.array(entries).astype(int) >> 8)


@pytest.mark.parametrize("n_bits", [8, 16])
def test_a_palette_in_segments_equals_that_of_pydicom(n_bits):
    top = 2**n_bits - 1
    codes = [0, 4, 0, 9, 3, 5, 1, 200, top, 1, 30, top // 3, 0, 4, 1, 2, 3, 4, 1, 20, top // 2]
    dataset = in_segments(palette_dataset(), codes, n_bits)
    expected = apply_color_lut(dataset.pixel_array, dataset) >> (n_bits - 8)
    levels = decoded(as_bytes(dataset)).levels.reshape(3, 258)
    # With 8 bits pydicom takes index 256 for 0.
    assert np.array_equal(levels[:, :256], expected.reshape(258, 3).T[:, :256])


def test_a_dark_frame_of_a_palette_in_segments_stays_dark():
    dataset = in_segments(palette_dataset(), [0, 1, 0, 1, 257, 65535], 16)
    dataset.PixelData = np.tile(np.arange(2, dtype=np.uint16), 129).tobytes()
    assert decoded(as_bytes(dataset)).levels.max() == 0  # 255 of 65535 at most


@pytest.mark.parametrize("codes", [[1, 9, 9], [7, 1, 2], [0, 3, 1, 2, 3], [2, 9, 0, 0], []])
def test_segments_that_make_no_table_are_refused(codes):
    dataset = in_segments(palette_dataset(), [*codes, 0, 0], 16)
    assert rule_of(as_bytes(dataset)) == "contradictory-tags"


def test_segments_that_lead_back_to_themselves_end():
    dataset = in_segments(palette_dataset(), [0, 1, 5, 2, 65535, 6, 0] * 40, 16)
    assert rule_of(as_bytes(dataset)) == "contradictory-tags"


def test_a_missing_palette_is_refused():
    assert rule_of(as_bytes(palette_dataset())) == "missing-tag"


# PS3.3 C.7.6.19: MONOCHROME2, values from the palette's first on are colours
GREY = np.array([[0, 1000, 2000, 2999, 3000, 3001, 3255, 4000]], np.uint16)
WINDOW = {"WindowCenter": 1500.5, "WindowWidth": 3001, "BitsStored": 12, "HighBit": 11}


def supplemental(**attributes) -> Dataset:
    dataset = dicom_dataset(GREY, **(WINDOW | attributes))
    tables = (RAMP * 257, 65535 - RAMP * 257, np.full(256, 32896))
    return with_palette(dataset, tables, first=3000)


@pytest.mark.parametrize("presentation", ["COLOR", "MIXED", "color"])
def test_values_beyond_the_grey_ones_are_colours(presentation):
    frame = decoded(as_bytes(supplemental(PixelPresentation=presentation)))
    shown = frame.levels[:, 0] / 65535
    grey = np.array([0, 1000, 2000, 2999]) / 3000
    assert shown[:, :4] == pytest.approx(np.stack([grey] * 3), abs=1e-4)
    assert shown[0, 4:] == pytest.approx([0, 1 / 255, 1, 1], abs=1e-4)
    assert shown[1, 4:] == pytest.approx([1, 254 / 255, 0, 0], abs=1e-4)
    assert shown[2, 4:] == pytest.approx([128 / 255] * 4, abs=1e-4)
    assert frame.values is None and frame.description.window is None


def test_a_rescale_does_not_touch_the_values_that_are_colours():
    attributes = {"RescaleSlope": 2, "RescaleIntercept": -1000, "PixelPresentation": "COLOR"}
    frame = decoded(as_bytes(supplemental(**attributes)))
    assert frame.levels[0, 0, 4:] / 65535 == pytest.approx([0, 1 / 255, 1, 1], abs=1e-4)


@pytest.mark.parametrize("presentation", ["MONOCHROME", None])
def test_without_colour_presentation_a_palette_beside_grey_is_not_used(presentation):
    attributes = {} if presentation is None else {"PixelPresentation": presentation}
    frame = decoded(as_bytes(supplemental(**attributes)))
    assert frame.levels is None and np.array_equal(frame.values, GREY)


def test_a_frame_without_colours_keeps_its_window():
    dataset = supplemental(PixelPresentation="COLOR")
    dataset.PixelData = (GREY // 2).tobytes()
    frame = decoded(as_bytes(dataset))
    assert frame.levels is None and frame.description.window is not None


def test_a_frame_type_of_a_mixed_file_says_which_frames_have_colours():
    frames = np.repeat(GREY, 2, axis=0)
    dataset = supplemental(PixelPresentation="MIXED", NumberOfFrames=2)
    dataset.PixelData = frames.tobytes()
    groups = []
    for presentation in ("MONOCHROME", "COLOR"):
        kind, group = Dataset(), Dataset()
        kind.PixelPresentation = presentation
        group.MRImageFrameTypeSequence = [kind]
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = groups
    content = as_bytes(dataset)
    assert decoded(content, 0).levels is None
    assert decoded(content, 1).levels is not None


def test_the_colours_of_a_frame_without_a_window_do_not_count_for_its_contrast():
    grey = np.arange(400, dtype=np.uint16).reshape(20, 20)
    stored = np.where(grey % 5 == 0, 60000, grey).astype(np.uint16)
    dataset = dicom_dataset(stored, PixelPresentation="COLOR")
    tables = (np.full(256, 65535), np.zeros(256), np.zeros(256))
    frame = decoded(as_bytes(with_palette(dataset, tables, first=60000)))
    low, high = np.percentile(grey[grey % 5 != 0], (0.5, 99.5))
    expected = np.clip((grey - low) / (high - low), 0, 1)
    is_grey = grey % 5 != 0
    assert frame.levels[1][is_grey] / 65535 == pytest.approx(expected[is_grey], abs=1e-3)
    assert (frame.levels[:, ~is_grey].T == (65535, 0, 0)).all()


def test_unsigned_indices_have_no_signed_first():
    """The value representation that a writer gave the descriptor does not matter."""
    indices = np.array([[40000, 40100, 40255]], np.uint16)
    dataset = dicom_dataset(indices, PhotometricInterpretation="PALETTE COLOR")
    with_palette(dataset, (RAMP, RAMP, RAMP), first=40000 - 2**16)
    for colour in COLOURS:
        dataset[f"{colour}PaletteColorLookupTableDescriptor"].VR = "SS"
    assert decoded(as_bytes(dataset)).levels[0].tolist() == [[0, 100, 255]]
