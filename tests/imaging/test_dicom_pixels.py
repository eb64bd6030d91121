"""The pixels of DICOM files: encodings, colours, signs, frames, and what is refused."""

import zlib
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from made_dicom import (
    as_bytes,
    decoded,
    dicom_dataset,
    dicom_file,
    encapsulated,
    image_of,
    rule_of,
)
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.pixels import pixel_array
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    RLELossless,
)

from medmeta_core.imaging.formats.dicom.compressed import DEFLATED_FRAMES

GREY = np.arange(48, dtype=np.uint16).reshape(6, 8) * 50


def one_frame(code: bytes, syntax: str, **attributes) -> bytes:
    """A file of GREY whose pixels are the compressed frame `code`."""
    return encapsulated([code], syntax, attributes.pop("pixels", GREY), **attributes)


def unmarked(dataset) -> bytes:
    """The file without preamble and meta information."""
    out, plain = BytesIO(), Dataset()
    plain.update(dataset)
    plain.save_as(out, implicit_vr=True, little_endian=True)
    return out.getvalue()


def test_signed_values_stay_signed():
    stored = np.array([[-1000, 0, 3000]], np.int16)
    assert decoded(dicom_file(stored)).values.tolist() == [[-1000, 0, 3000]]


def test_signed_values_of_twelve_bits_ignore_the_bits_above():
    stored = np.array([[0x0FFF, 0xF001, 0x0800]], np.uint16)  # -1, 1, -2048 in 12 bits
    content = dicom_file(stored, BitsStored=12, HighBit=11, PixelRepresentation=1)
    assert decoded(content).values.tolist() == [[-1, 1, -2048]]


def test_bits_that_end_at_the_top_are_shifted_down():
    stored = np.array([[0x0010, 0x7FF0, 0xFFF0]], np.uint16)  # 1, 2047, 4095
    content = dicom_file(stored, BitsStored=12, HighBit=15)
    assert decoded(content).values.tolist() == [[1, 2047, 4095]]


def test_big_endian_and_deflated_files_read_the_same():
    dataset = dicom_dataset(GREY)
    deflated = dicom_dataset(GREY, TransferSyntaxUID=DeflatedExplicitVRLittleEndian)
    big = dicom_dataset(GREY, TransferSyntaxUID=ExplicitVRBigEndian)
    big.PixelData = GREY.astype(">u2").tobytes()
    for content in (as_bytes(dataset), as_bytes(deflated), as_bytes(big)):
        assert np.array_equal(decoded(content).values, GREY)


def test_colour_by_pixel_and_colour_by_plane_read_the_same():
    colours = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    planes = dicom_dataset(colours, PlanarConfiguration=1)
    planes.PixelData = colours.transpose(2, 0, 1).tobytes()
    for content in (dicom_file(colours), as_bytes(planes)):
        assert np.array_equal(decoded(content).levels, colours.transpose(2, 0, 1))


def test_ybr_becomes_rgb():
    ybr = np.tile(np.array([76, 85, 255], np.uint8), (4, 4, 1))  # pure red in full-range YBR
    levels = decoded(dicom_file(ybr, PhotometricInterpretation="YBR_FULL")).levels
    assert levels[:, 0, 0] == pytest.approx([254, 0, 0], abs=1)


@pytest.mark.parametrize(("n_bits", "white"), [(8, 255), (16, 65535), (16, 0xFF00), (16, 255)])
def test_a_palette_gives_colours_whichever_way_it_is_written(n_bits, white):
    dataset = dicom_dataset(np.array([[5, 6], [7, 9]], np.uint8))
    dataset.PhotometricInterpretation = "PALETTE COLOR"
    tables = {"Red": [0, white, 0], "Green": [0, 0, white], "Blue": [0, 0, 0]}
    for name, entries in tables.items():
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [3, 5, n_bits])
        dtype = np.uint8 if n_bits == 8 else np.uint16
        content = np.array(entries, dtype).tobytes() + bytes(n_bits == 8)
        setattr(dataset, f"{name}PaletteColorLookupTableData", content)
    levels = decoded(as_bytes(dataset)).levels
    assert levels[0].tolist() == [[0, 255], [0, 0]]
    assert levels[1].tolist() == [[0, 0], [255, 255]]  # 9 lies beyond: the last entry
    assert levels[2].max() == 0


def test_bits_of_a_segmentation_are_black_and_white():
    dataset = dicom_dataset(np.array([[1, 0, 1]], np.uint8), NumberOfFrames=3, Columns=5)
    dataset.BitsAllocated = dataset.BitsStored = 1
    dataset.HighBit = 0
    # Frames follow each other without padding: 10110 00111 11000, low bits first
    dataset.PixelData = np.packbits(
        [int(b) for b in "101100011111000"], bitorder="little"
    ).tobytes()
    content = as_bytes(dataset)
    assert decoded(content, 1).values.tolist() == [[0, 0, 1, 1, 1]]
    assert image_of(content).pixels.tolist() == [[[0, 0, 1, 1, 1]]]


def test_twelve_bits_allocated_are_unpacked():
    dataset = dicom_dataset(
        np.zeros((2, 2), np.uint16), BitsAllocated=12, BitsStored=12, HighBit=11
    )
    dataset.PixelData = bytes([0x21, 0x43, 0x65, 0xFF, 0x0F, 0x00])
    assert decoded(as_bytes(dataset)).values.tolist() == [[0x321, 0x654], [0xFFF, 0]]


def test_floating_point_pixels_are_read_and_gaps_are_lowest():
    values = np.array([[0.25, np.nan], [1.5, -np.inf]], np.float32)
    dataset = dicom_dataset(values, BitsStored=None, HighBit=None, PixelRepresentation=None)
    del dataset.PixelData
    dataset.FloatPixelData = values.tobytes()
    assert decoded(as_bytes(dataset)).values.tolist() == [[0.25, 0.25], [1.5, 0.25]]


def test_the_middle_frame_is_read_unless_another_is_requested():
    frames = np.repeat(np.arange(5, dtype=np.uint16), 6).reshape(10, 3)
    content = dicom_file(frames, Rows=2, NumberOfFrames=5)
    assert decoded(content).values.max() == 2
    assert decoded(content).description.frame == 2
    assert decoded(content, 4).values.max() == 4
    assert "multi-frame" in decoded(content).description.notes
    assert rule_of(content, 5) == "no-such-frame"


@pytest.mark.parametrize("n_bits", [8, 12, 16])
def test_lossless_jpeg_gives_back_every_bit(n_bits):
    numbers = np.arange(48 * 48).reshape(48, 48) * 37 % 2**n_bits
    stored = numbers.astype(np.uint8 if n_bits == 8 else np.uint16)
    code = imagecodecs.ljpeg_encode(stored, bitspersample=n_bits)
    content = one_frame(code, JPEGLosslessSV1, pixels=stored, BitsStored=n_bits, HighBit=n_bits - 1)
    assert np.array_equal(decoded(content).values, stored)


def test_twelve_bit_jpeg_is_read_nearly_as_it_was_and_noted_as_lossy():
    stored = (np.add.outer(np.arange(64), np.arange(64)) * 30).astype(np.uint16)
    code = imagecodecs.jpeg8_encode(stored, bitspersample=12, level=95)
    frame = decoded(one_frame(code, JPEGExtended12Bit, pixels=stored, BitsStored=12, HighBit=11))
    assert np.abs(frame.values - stored).max() < 40
    assert "lossy-compression" in frame.description.notes


@pytest.mark.parametrize(
    "name",
    [
        "JPEG2000.dcm",
        "MR_small_RLE.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_jp2klossless.dcm",
        "JPEGLSNearLossless_16.dcm",
        "MR_small_bigendian.dcm",
    ],
)
def test_compressed_files_equal_what_pydicom_reads(name):
    path = get_testdata_file(name, download=False)
    dataset = dcmread(path)
    n_frames = int(dataset.get("NumberOfFrames", 1))
    stored = pixel_array(dataset, index=n_frames // 2 if n_frames > 1 else None)
    slope, intercept = dataset.get("RescaleSlope", 1), dataset.get("RescaleIntercept", 0)
    values = decoded(Path(path).read_bytes()).values
    assert np.array_equal(values, (stored * float(slope) + float(intercept)).astype(np.float32))


def test_bits_in_run_lengths_and_in_deflated_frames_are_unpacked():
    bits = np.tile(np.array([1, 0, 0, 1, 1], np.uint8), (4, 3))
    packed = np.packbits(bits, bitorder="little").tobytes()
    run_lengths = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56)
    shape = {"pixels": bits, "BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}
    in_runs = run_lengths + imagecodecs.packbits_encode(packed)
    deflated = zlib.compress(packed)[2:-4]  # without the frame of zlib
    of_deflated = one_frame(deflated, JPEGBaseline8Bit, **shape).replace(
        JPEGBaseline8Bit.encode(),
        DEFLATED_FRAMES.encode() + b"\0",  # pydicom writes no such syntax
    )
    for content in (one_frame(in_runs, RLELossless, **shape), of_deflated):
        assert np.array_equal(decoded(content).values, bits)


def test_an_encoding_that_is_not_stated_is_detected_and_noted():
    frame = decoded(unmarked(dicom_dataset(GREY)))
    assert np.array_equal(frame.values, GREY)
    assert "guessed-transfer-syntax" in frame.description.notes


def test_a_frame_that_is_not_what_is_stated_is_recognised_by_its_bytes():
    code = imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="j2k")
    frame = decoded(one_frame(code, JPEGLosslessSV1))
    assert np.array_equal(frame.values, GREY)
    assert "guessed-transfer-syntax" in frame.description.notes


def test_missing_tags_with_a_usual_value_are_assumed_and_noted():
    content = dicom_file(GREY, PhotometricInterpretation=None, SamplesPerPixel=None)
    assert "tags-assumed" in decoded(content).description.notes


def test_a_missing_sign_is_refused_only_where_it_matters():
    assert np.array_equal(decoded(dicom_file(GREY, PixelRepresentation=None)).values, GREY)
    large = GREY + np.uint16(40000)
    assert rule_of(dicom_file(large, PixelRepresentation=None)) == "missing-tag"


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated"])
def test_without_its_shape_a_picture_is_refused(keyword):
    assert rule_of(dicom_file(GREY, **{keyword: None})) == "missing-tag"


def test_pixels_that_end_too_early_are_refused():
    assert rule_of(dicom_file(GREY, Rows=7)) == "truncated"
    assert rule_of(dicom_file(GREY)[:-2]) == "truncated"


def test_a_compressed_frame_that_ends_too_early_is_refused():
    code = imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="j2k")
    assert rule_of(one_frame(code[: len(code) // 2], JPEG2000Lossless)) == "truncated"


def test_pixels_of_another_length_than_stated_are_refused():
    assert (
        rule_of(dicom_file(GREY, BitsAllocated=8, BitsStored=8, HighBit=7)) == "contradictory-tags"
    )


def test_padding_after_the_pixels_is_let_pass():
    dataset = dicom_dataset(GREY)
    dataset.PixelData += bytes(10)
    assert np.array_equal(decoded(as_bytes(dataset)).values, GREY)


def test_a_frame_of_another_size_than_stated_is_refused():
    code = imagecodecs.jpeg2k_encode(GREY.reshape(8, 6), level=0, codecformat="j2k")
    assert rule_of(one_frame(code, JPEG2000Lossless)) == "contradictory-tags"


def test_too_many_pixels_are_refused_before_decoding():
    assert rule_of(dicom_file(GREY, Rows=40000, Columns=40000)) == "too-many-pixels"
    code = bytearray(imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="j2k"))
    code[8:16] = (40000).to_bytes(4, "big") * 2
    content = one_frame(bytes(code), JPEG2000Lossless, Rows=40000, Columns=40000)
    assert rule_of(content) == "too-many-pixels"


def test_a_codestream_that_alone_claims_a_giant_size_contradicts_its_file():
    """Nobody could save it with fewer pixels: it has few, and a damaged header."""
    code = bytearray(imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="j2k"))
    code[8:16] = (2**32 - 1).to_bytes(4, "big") * 2
    assert rule_of(one_frame(bytes(code), JPEG2000Lossless)) == "contradictory-tags"


def test_too_many_frames_at_once_are_refused():
    frames = np.zeros((1001, 1), np.uint16)
    assert rule_of(dicom_file(frames, Rows=1, NumberOfFrames=1001), "all") == "too-many-frames"


def test_a_number_of_frames_that_is_no_number_is_refused():
    content = dicom_file(GREY, NumberOfFrames=1).replace(b"IS\x02\x001 ", b"IS\x02\x001A")
    assert rule_of(content) == "contradictory-tags"


def test_an_encoding_that_is_not_read_is_named():
    assert (
        rule_of(one_frame(b"\0\0\1\xb3" * 8, "1.2.840.10008.1.2.4.100")) == "unsupported-encoding"
    )


def test_implicit_files_are_read():
    dataset = dicom_dataset(GREY, TransferSyntaxUID=ImplicitVRLittleEndian)
    assert np.array_equal(decoded(as_bytes(dataset)).values, GREY)
