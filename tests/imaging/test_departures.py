"""Files that break a rule and can be read all the same: read rightly, and noted."""

import imagecodecs
import numpy as np
import pytest
from made_dicom import (
    as_bytes,
    decoded,
    dicom_dataset,
    dicom_file,
    encapsulated,
    rule_of,
    run_lengths,
)
from pydicom.pixels import convert_color_space
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging import read_image

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
NOTE, CONTRADICTORY = "not-conforming", "colour-space-contradictory"
Y, X = np.mgrid[:48, :40]
RGB = np.stack([X * 6, Y * 5, 255 - X * 6], axis=-1).astype(np.uint8)
SKIN = np.stack([190 + X, 150 + X - Y // 2, 130 + X // 2 + Y // 4], axis=-1).astype(np.uint8)
SKIN += ((X * 7 + Y * 13) % 11).astype(np.uint8)[..., None]  # lighter and darker spots
YBR = convert_color_space(RGB, "RGB", "YBR_FULL")
GREY = (np.arange(48 * 40).reshape(48, 40) * 2).astype(np.uint16)


def notes_of(content: bytes) -> tuple[str, ...]:
    return decoded(content).description.notes


def colours_of(content: bytes) -> np.ndarray:
    return decoded(content).levels.transpose(1, 2, 0)


def subsampled(ybr: np.ndarray) -> np.ndarray:
    """As native YBR_FULL_422 lies: Y1 Y2 Cb Cr (PS3.3 C.7.6.3.1.2)."""
    pairs = ybr.reshape(48, 20, 2, 3)
    return np.stack([pairs[..., 0, 0], pairs[..., 1, 0], pairs[..., 0, 1], pairs[..., 0, 2]], -1)


@pytest.mark.parametrize("colours", [RGB, SKIN])
@pytest.mark.parametrize("n_frames", [None, 1, 2])
def test_4_2_2_that_is_as_long_as_rgb_is_rgb(colours, n_frames):
    dataset = dicom_dataset(colours, PhotometricInterpretation="YBR_FULL_422")
    if n_frames:
        dataset.NumberOfFrames = n_frames
        dataset.PixelData = colours.tobytes() * n_frames
    content = as_bytes(dataset)
    assert np.array_equal(colours_of(content), colours)
    assert CONTRADICTORY in notes_of(content)


@pytest.mark.parametrize("colours", [RGB, SKIN, np.repeat(RGB[..., :1], 3, axis=-1)])
def test_4_2_2_that_is_as_long_as_4_4_4_and_looks_like_ybr_is_4_4_4(colours):
    ybr = convert_color_space(colours, "RGB", "YBR_FULL")
    content = dicom_file(ybr, PhotometricInterpretation="YBR_FULL_422")
    assert np.abs(colours_of(content).astype(int) - colours).max() <= 2
    assert CONTRADICTORY in notes_of(content)


@pytest.mark.parametrize("photometric", ["YBR_FULL_422", "YBR_FULL"])
def test_the_length_says_4_2_2_whatever_the_tag(photometric):
    dataset = dicom_dataset(RGB, PhotometricInterpretation=photometric)
    dataset.PixelData = subsampled(YBR).tobytes()
    content = as_bytes(dataset)
    expected = convert_color_space(np.repeat(YBR[:, ::2], 2, axis=1), "YBR_FULL", "RGB")
    colours = colours_of(content).astype(int)
    assert np.abs(colours[:, ::2] - expected[:, ::2]).max() <= 1
    assert (CONTRADICTORY in notes_of(content)) == (photometric == "YBR_FULL")


@pytest.mark.parametrize("photometric", ["YBR_RCT", "YBR_ICT", "ybr_rct"])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("planar", [0, 1])
def test_native_pixels_of_a_transform_of_jpeg_2000_are_rgb(photometric, syntax, planar):
    dataset = dicom_dataset(RGB, PhotometricInterpretation=photometric, TransferSyntaxUID=syntax)
    lying = RGB.transpose(2, 0, 1) if planar else RGB
    dataset.PlanarConfiguration = planar
    content = np.ascontiguousarray(lying).reshape(-1, 2)
    is_big = syntax == ExplicitVRBigEndian
    dataset.PixelData = (content[:, ::-1] if is_big else content).tobytes()
    content = as_bytes(dataset)
    assert np.array_equal(colours_of(content), RGB) and NOTE in notes_of(content)


@pytest.mark.parametrize("stated", ["rgb", "Rgb ", "RGB\0"])
def test_the_case_of_a_colour_space_does_not_matter(stated):
    assert np.array_equal(colours_of(dicom_file(RGB, PhotometricInterpretation=stated)), RGB)


@pytest.mark.parametrize("stated", ["Palette Color", "PALETTE_COLOR"])
def test_a_palette_is_known_however_it_is_spelt(stated):
    assert rule_of(dicom_file(GREY, PhotometricInterpretation=stated)) == "missing-tag"


@pytest.mark.parametrize("n_frames", [2, 3, 4, 7])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_native_frames_are_counted_where_their_number_is_not_stated(n_frames, dtype):
    frames = np.stack([(X * 3 + Y + 9 * n) % 200 for n in range(n_frames)]).astype(dtype)
    content = dicom_file(frames.reshape(-1, 40), Rows=48)
    for number in range(n_frames):
        frame = decoded(content, number)
        assert np.array_equal(frame.values, frames[number])
        assert frame.description.n_frames == n_frames and NOTE in frame.description.notes


@pytest.mark.parametrize("pixels", [GREY, RGB, np.repeat(RGB[..., :1], 3, axis=-1)])
def test_wider_samples_are_not_taken_for_frames(pixels):
    """16 bits or three colours under the attributes of 8 grey bits."""
    dataset = dicom_dataset(pixels[..., 0] if pixels.ndim == 3 else pixels.astype(np.uint8))
    dataset.PixelData = pixels.tobytes()
    assert rule_of(as_bytes(dataset)) == "contradictory-tags"


EIGHT_BITS = np.ascontiguousarray(RGB[..., 0])
JPEG = imagecodecs.jpeg8_encode(EIGHT_BITS, level=90)
CODES = {
    JPEGBaseline8Bit: (EIGHT_BITS, JPEG),
    JPEGExtended12Bit: (GREY, imagecodecs.jpeg8_encode(GREY, bitspersample=12, level=95)),
    JPEGLosslessSV1: (GREY, imagecodecs.ljpeg_encode(GREY, bitspersample=16)),
    JPEGLSLossless: (GREY, imagecodecs.jpegls_encode(GREY)),
    JPEG2000Lossless: (GREY, imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="j2k")),
}


def check_reading(code: bytes, syntax: str, *, noted: bool) -> None:
    stored, sound = CODES[syntax]
    bits = {"BitsStored": 12, "HighBit": 11} if syntax == JPEGExtended12Bit else {}
    frame = decoded(encapsulated([code], syntax, stored, **bits))
    assert np.array_equal(
        frame.values, decoded(encapsulated([bytes(sound)], syntax, stored, **bits)).values
    )
    assert (NOTE in frame.description.notes) == noted


@pytest.mark.parametrize("syntax", CODES)
@pytest.mark.parametrize("n_after", [0, 1, 15, 17, 500, 70_000])
@pytest.mark.parametrize("filling", [b"\0", b"\xff", b"SILENT TRAILING "])
def test_bytes_behind_the_end_do_not_matter(syntax, n_after, filling):
    rest = (filling * n_after)[:n_after]
    check_reading(CODES[syntax][1] + rest, syntax, noted=n_after > 1 and filling != b"\0")


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless])
@pytest.mark.parametrize("n_zeros", [1, 2, 3, 20])
def test_zeros_before_the_end_do_not_matter(syntax, n_zeros):
    sound = bytes(CODES[syntax][1])
    code = sound[:-2] + bytes(n_zeros) + sound[-2:]
    check_reading(code, syntax, noted=syntax == JPEGLSLossless)


@pytest.mark.parametrize("filling", [b"\0", bytes(5), b"\xff"])
def test_what_stands_between_the_tiles_and_the_end_of_jpeg_2000_does_not_matter(filling):
    sound = bytes(CODES[JPEG2000Lossless][1])
    check_reading(sound[:-2] + filling + sound[-2:], JPEG2000Lossless, noted=True)


@pytest.mark.parametrize("syntax", CODES)
@pytest.mark.parametrize("n_missing", [1, 2])
def test_a_missing_end_marker_does_not_matter_where_no_pixel_is_missing(syntax, n_missing):
    code = bytes(CODES[syntax][1])
    tail = b"" if syntax == JPEGLSLossless else code[-2:][: 2 - n_missing]
    check_reading(code[:-2] + tail, syntax, noted=True)


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLosslessSV1])
def test_a_fill_byte_before_the_end_of_a_whole_jpeg_does_not_matter(syntax):
    code = bytes(CODES[syntax][1])
    check_reading(code[:-2] + b"\xff" + code[-2:], syntax, noted=False)


@pytest.mark.parametrize("syntax", CODES)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.98])
@pytest.mark.parametrize("is_marked", [False, True])
def test_a_codestream_that_is_cut_short_is_refused(syntax, share, is_marked):
    stored, sound = CODES[syntax]
    code = bytes(sound)[: int(share * len(sound))]
    code += b"\xff\xd9" if is_marked else b""
    bits = {"BitsStored": 12, "HighBit": 11} if syntax == JPEGExtended12Bit else {}
    content = encapsulated([code], syntax, stored, **bits)
    assert rule_of(content) in (("truncated", "decoder-failed") if is_marked else ("truncated",))


def test_a_thumbnail_within_the_header_does_not_end_the_picture():
    marker = b"\xff\xe1" + (2 + len(JPEG)).to_bytes(2, "big") + JPEG  # a JPEG within a JPEG
    check_reading(JPEG[:2] + marker + JPEG[2:], JPEGBaseline8Bit, noted=False)


def test_the_boxes_of_a_jp2_file_are_passed_over():
    code = imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="jp2")
    check_reading(bytes(code), JPEG2000Lossless, noted=True)


def test_run_lengths_stated_as_another_encoding_are_recognised_by_their_header():
    frame = decoded(encapsulated([run_lengths(GREY)], JPEG2000Lossless, GREY))
    assert np.array_equal(frame.values, GREY)
    assert "guessed-transfer-syntax" in frame.description.notes


def test_a_codestream_stated_as_run_lengths_is_recognised_by_its_header():
    frame = decoded(encapsulated([bytes(CODES[JPEGLSLossless][1])], RLELossless, GREY))
    assert np.array_equal(frame.values, GREY)
    assert "guessed-transfer-syntax" in frame.description.notes


@pytest.mark.parametrize("planar", [0, 1])
def test_planar_configuration_counts_for_native_pixels(planar):
    dataset = dicom_dataset(RGB, PlanarConfiguration=planar)
    dataset.PixelData = (RGB.transpose(2, 0, 1) if planar else RGB).tobytes()
    assert np.array_equal(colours_of(as_bytes(dataset)), RGB)


def test_a_planar_configuration_that_does_not_exist_is_refused_where_it_counts():
    assert rule_of(dicom_file(RGB, PlanarConfiguration=2)) == "contradictory-tags"
    assert np.array_equal(decoded(dicom_file(GREY, PlanarConfiguration=2)).values, GREY)


@pytest.mark.parametrize("name", ["YBR_PARTIAL_420", "YBR_PARTIAL_422", "CMYK", "ARGB", "HSV"])
def test_a_colour_space_of_the_standard_that_is_not_read_is_named_with_the_way_out(name):
    content = dicom_file(RGB, PhotometricInterpretation=name)
    with pytest.raises(UnreadableImageError, match=f"{name}.*as PNG"):
        read_image(content)


def test_a_codestream_of_more_bits_than_are_allocated_is_refused():
    content = encapsulated([bytes(CODES[JPEGLSLossless][1])], JPEGLSLossless, EIGHT_BITS)
    assert rule_of(content) == "contradictory-tags"


def test_pixels_that_share_their_colour_lie_by_pixel_whatever_planar_configuration_says():
    dataset = dicom_dataset(RGB, PhotometricInterpretation="YBR_FULL_422", PlanarConfiguration=1)
    dataset.PixelData = subsampled(YBR).tobytes()
    colours = colours_of(as_bytes(dataset)).astype(int)
    assert np.abs(colours[:, ::2] - RGB[:, ::2]).max() <= 2


def test_4_4_4_by_plane_under_the_tag_of_4_2_2_is_read():
    dataset = dicom_dataset(YBR, PhotometricInterpretation="YBR_FULL_422", PlanarConfiguration=1)
    dataset.PixelData = YBR.transpose(2, 0, 1).tobytes()
    assert np.abs(colours_of(as_bytes(dataset)).astype(int) - RGB).max() <= 2


@pytest.mark.parametrize("padding", [b" ", b"\0"])
def test_padding_of_a_transfer_syntax_does_not_matter(padding):
    content = dicom_file(GREY).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1" + padding)
    frame = decoded(content)
    assert np.array_equal(frame.values, GREY)
    assert "guessed-transfer-syntax" not in frame.description.notes


def test_a_frame_of_a_few_bits_is_not_taken_for_several():
    dataset = dicom_dataset(np.array([[1, 0, 1]], np.uint8), Columns=5)
    dataset.BitsAllocated = dataset.BitsStored = 1
    dataset.HighBit, dataset.PixelData = 0, b"\x15\x00"
    frame = decoded(as_bytes(dataset))
    assert frame.values.tolist() == [[1, 0, 1, 0, 1]] and frame.description.n_frames == 1
