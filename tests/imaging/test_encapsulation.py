"""Fragments and offset tables: which bytes make which frame, whatever the tables say."""

import struct

import imagecodecs
import numpy as np
import pytest
from made_dicom import as_bytes, decoded, dicom_dataset, rule_of, run_lengths
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

N = 4
FRAMES = [(np.arange(40 * 48).reshape(40, 48) * (3 + n) % 4096).astype(np.uint16) for n in range(N)]
ENCODERS = {
    JPEG2000Lossless: lambda frame: imagecodecs.jpeg2k_encode(frame, level=0, codecformat="j2k"),
    JPEGLosslessSV1: lambda frame: imagecodecs.ljpeg_encode(frame, bitspersample=16),
    JPEGLSLossless: imagecodecs.jpegls_encode,
    RLELossless: run_lengths,
}
IN_PARTS = (JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless)
"""Of which a frame may lie in several fragments (PS3.5 A.4)."""


def codes_of(syntax: str) -> list[bytes]:
    return [bytes(ENCODERS[syntax](frame)) for frame in FRAMES]


def file_of(value: bytes, syntax: str, **attributes) -> bytes:
    elements = {"NumberOfFrames": N} | attributes
    elements = {name: number for name, number in elements.items() if number is not None}
    dataset = dicom_dataset(FRAMES[0], TransferSyntaxUID=syntax, **elements)
    dataset.PixelData = value
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return as_bytes(dataset)


def in_fragments(
    pieces: list[bytes], offsets: list[int] | None = None, *, pad: bool = True
) -> bytes:
    """An encapsulated value with a basic offset table as given."""
    table = struct.pack(f"<{len(offsets or [])}L", *(offsets or []))
    items = [table, *(piece + bytes(len(piece) % 2 if pad else 0) for piece in pieces)]
    value = b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<L", len(i)) + i for i in items)
    return value + b"\xfe\xff\xdd\xe0" + bytes(4)


def check_all(content: bytes, *, noted: bool) -> None:
    for number, frame in enumerate(FRAMES):
        found = decoded(content, number)
        assert np.array_equal(found.values, frame), number
        assert ("not-conforming" in found.description.notes) == noted


@pytest.mark.parametrize("syntax", ENCODERS)
@pytest.mark.parametrize("has_table", [True, False])
def test_a_fragment_for_each_frame_with_and_without_a_table(syntax, has_table):
    check_all(file_of(encapsulate(codes_of(syntax), has_bot=has_table), syntax), noted=False)


@pytest.mark.parametrize("syntax", IN_PARTS)
@pytest.mark.parametrize("has_table", [True, False])
def test_several_fragments_for_each_frame(syntax, has_table):
    value = encapsulate(codes_of(syntax), fragments_per_frame=3, has_bot=has_table)
    check_all(file_of(value, syntax), noted=False)


@pytest.mark.parametrize("syntax", IN_PARTS)
def test_fragments_of_unequal_number_without_a_table(syntax):
    one, two, three, four = codes_of(syntax)
    pieces = [one[:10], one[10:11], one[11:], two, three[:200], three[200:], four]
    check_all(file_of(in_fragments(pieces, pad=False), syntax), noted=False)


@pytest.mark.parametrize("syntax", ENCODERS)
@pytest.mark.parametrize(
    "wrong",
    [
        [0],
        [0, 0, 0, 0],
        [0, 7, 9, 11],
        [0, 2**32 - 1, 5, 5],
        [8, 16, 24, 32],
        list(range(0, 4000, 10)),
    ],
)
def test_a_basic_offset_table_that_fits_no_fragment_is_not_believed(syntax, wrong):
    check_all(file_of(in_fragments(codes_of(syntax), wrong), syntax), noted=True)


@pytest.mark.parametrize("syntax", IN_PARTS)
def test_a_wrong_table_of_frames_in_several_fragments_is_not_believed(syntax):
    pieces = [part for code in codes_of(syntax) for part in (code[:50], code[50:])]
    offsets = [sum(8 + len(p) + len(p) % 2 for p in pieces[:i]) for i in range(N)]
    check_all(file_of(in_fragments(pieces, offsets), syntax), noted=True)


@pytest.mark.parametrize("syntax", ENCODERS)
def test_an_extended_offset_table_is_read(syntax):
    value, offsets, lengths = encapsulate_extended(codes_of(syntax))
    tables = {"ExtendedOffsetTable": offsets, "ExtendedOffsetTableLengths": lengths}
    check_all(file_of(value, syntax, **tables), noted=False)


@pytest.mark.parametrize("syntax", ENCODERS)
@pytest.mark.parametrize("wrong", [[0], [0, 1, 2, 3], [2**63] * 4, [0] * 9])
def test_an_extended_offset_table_that_fits_no_fragment_is_not_believed(syntax, wrong):
    value, _, lengths = encapsulate_extended(codes_of(syntax))
    tables = {
        "ExtendedOffsetTable": struct.pack(f"<{len(wrong)}Q", *wrong),
        "ExtendedOffsetTableLengths": lengths[: 8 * len(wrong)],
    }
    check_all(file_of(value, syntax, **tables), noted=True)


@pytest.mark.parametrize("syntax", ENCODERS)
@pytest.mark.parametrize("stated", [None, 0])
def test_frames_are_counted_where_their_number_is_not_stated(syntax, stated):
    content = file_of(encapsulate(codes_of(syntax), has_bot=False), syntax, NumberOfFrames=stated)
    assert decoded(content).description.n_frames == N
    check_all(content, noted=True)


@pytest.mark.parametrize("syntax", IN_PARTS)
def test_one_frame_in_several_fragments_stays_one(syntax):
    code = codes_of(syntax)[0]
    value = in_fragments([code[:30], code[30:90], code[90:]])
    frame = decoded(file_of(value, syntax, NumberOfFrames=None))
    assert frame.description.n_frames == 1 and np.array_equal(frame.values, FRAMES[0])
    assert "not-conforming" not in frame.description.notes


def test_odd_fragments_may_be_padded_without_being_counted():
    codes = [code + bytes(1 - len(code) % 2) for code in codes_of(JPEGLSLossless)]
    items = [b"", *codes]
    value = b"".join(
        b"\xfe\xff\x00\xe0" + struct.pack("<L", len(i)) + i + bytes(len(i) % 2) for i in items
    )
    check_all(file_of(value + b"\xfe\xff\xdd\xe0" + bytes(4), JPEGLSLossless), noted=False)


def test_frames_before_the_place_where_a_file_was_cut_short_are_read_and_others_refused():
    content = file_of(encapsulate(codes_of(JPEG2000Lossless), has_bot=False), JPEG2000Lossless)
    last = content.rindex(b"\xff\x4f\xff\x51")
    assert np.array_equal(decoded(content[: last - 8], 2).values, FRAMES[2])
    assert rule_of(content[: last - 8], 3) == "truncated"
    assert rule_of(content[: last + 200], 3) == "truncated"


def test_fragments_that_make_no_frames_are_refused():
    value = in_fragments([b"\0\1" * 20] * 3)
    assert rule_of(file_of(value, JPEG2000Lossless, NumberOfFrames=2)) == "contradictory-tags"
    assert rule_of(file_of(in_fragments([]), JPEG2000Lossless)) == "truncated"


@pytest.mark.parametrize("syntax", ENCODERS)
def test_a_missing_item_of_the_basic_offset_table_does_not_matter(syntax):
    value = in_fragments(codes_of(syntax))[8:]  # without the empty item
    check_all(file_of(value, syntax), noted=True)
