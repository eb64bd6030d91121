"""Each row of docs/decisions/020: what tag and codestream state, and which colours are read."""

import itertools

import imagecodecs
import numpy as np
import pytest
from made_dicom import decoded, encapsulated, run_lengths
from pydicom.pixels import convert_color_space
from pydicom.uid import (
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

Y, X = np.mgrid[:64, :64]
SAMPLES = np.stack([40 + X * 3, 200 - Y * 2, 30 + X + Y], axis=-1).clip(0, 255).astype(np.uint8)
AS_YBR = convert_color_space(SAMPLES, "YBR_FULL", "RGB")
NOTE = "colour-space-contradictory"
JFIF = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
PLAIN_IDS, RGB_IDS = b"\1\2\3", b"RGB"


def adobe(transform: int) -> bytes:
    return b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0" + bytes([transform])


def jpeg(ids: bytes, markers: bytes, *, is_lossless: bool) -> bytes:
    """A JPEG of SAMPLES, untransformed, with the ids of components and the markers given."""
    options = {"colorspace": "RGB", "outcolorspace": "RGB", "subsampling": "444"}
    options |= {"lossless": True} if is_lossless else {"level": 98}
    code = imagecodecs.jpeg8_encode(SAMPLES, **options)
    head, at = b"\xff\xd8" + markers, 2
    while code[at + 1] != 0xDA:
        n_bytes = 2 + int.from_bytes(code[at + 2 : at + 4], "big")
        segment = bytearray(code[at : at + n_bytes])
        if segment[1] in (0xC0, 0xC1, 0xC3):
            segment[10:19:3] = ids
        if segment[1] not in (0xE0, 0xEE):
            head += segment
        at += n_bytes
    scan = bytearray(code[at:])
    scan[5:11:2] = ids
    return head + bytes(scan)


def jpeg_2000(samples: np.ndarray) -> bytes:
    """A JPEG 2000 of three samples, whose colours are transformed."""
    return bytes(imagecodecs.jpeg2k_encode(samples, level=0, codecformat="j2k"))


def is_read_as_ybr(levels: np.ndarray) -> bool:
    shown = levels.transpose(1, 2, 0).astype(float)
    as_rgb, as_ybr = np.abs(shown - SAMPLES).mean(), np.abs(shown - AS_YBR).mean()
    assert min(as_rgb, as_ybr) < 3 < max(as_rgb, as_ybr)
    return bool(as_ybr < as_rgb)


def read(code: bytes, syntax: str, tag: str) -> tuple[bool, bool]:
    frame = decoded(encapsulated([code], syntax, SAMPLES, PhotometricInterpretation=tag))
    return is_read_as_ybr(frame.levels), NOTE in frame.description.notes


# ids, JFIF, Adobe: (YBR, noted) with loss and without, for each tag
PLAIN, NAMED = PLAIN_IDS, RGB_IDS
RGB, YBR, YBR_NOTED, RGB_NOTED = (False, False), (True, False), (True, True), (False, True)
ROWS = {
    "RGB": {
        (PLAIN, False, None): (RGB, RGB),
        (PLAIN, False, 0): (RGB, RGB),
        (PLAIN, False, 1): (YBR_NOTED, RGB_NOTED),
        (PLAIN, True, None): (YBR_NOTED, RGB_NOTED),
        (PLAIN, True, 0): (RGB_NOTED, RGB_NOTED),
        (PLAIN, True, 1): (YBR_NOTED, RGB_NOTED),
        (NAMED, False, None): (RGB, RGB),
        (NAMED, False, 0): (RGB, RGB),
        (NAMED, False, 1): (RGB_NOTED, RGB_NOTED),
        (NAMED, True, None): (RGB_NOTED, RGB_NOTED),
        (NAMED, True, 0): (RGB_NOTED, RGB_NOTED),
        (NAMED, True, 1): (RGB_NOTED, RGB_NOTED),
    },
    "YBR_FULL": {
        (PLAIN, False, None): (YBR, YBR),
        (PLAIN, False, 0): (YBR_NOTED, YBR_NOTED),
        (PLAIN, False, 1): (YBR, YBR),
        (PLAIN, True, None): (YBR, YBR),
        (PLAIN, True, 0): (YBR_NOTED, YBR_NOTED),
        (PLAIN, True, 1): (YBR, YBR),
        (NAMED, False, None): (RGB_NOTED, YBR_NOTED),
        (NAMED, False, 0): (RGB_NOTED, YBR_NOTED),
        (NAMED, False, 1): (RGB_NOTED, YBR_NOTED),
        (NAMED, True, None): (RGB_NOTED, YBR_NOTED),
        (NAMED, True, 0): (RGB_NOTED, YBR_NOTED),
        (NAMED, True, 1): (RGB_NOTED, YBR_NOTED),
    },
    "YBR_RCT": {
        (ids, is_jfif, transform): (
            RGB_NOTED if ids == NAMED or transform == 0 else YBR_NOTED,
            RGB_NOTED,
        )
        for ids, is_jfif, transform in itertools.product(
            (PLAIN, NAMED), (False, True), (None, 0, 1)
        )
    },
}
ROWS["YBR_FULL_422"] = ROWS["YBR_FULL"]
ROWS["YBR_ICT"] = ROWS["YBR_RCT"]


@pytest.mark.parametrize("tag", ROWS)
@pytest.mark.parametrize("signs", ROWS["RGB"])
@pytest.mark.parametrize("is_lossless", [False, True])
def test_every_row_of_the_table_for_jpeg(tag, signs, is_lossless):
    ids, is_jfif, transform = signs
    markers = JFIF * is_jfif + (b"" if transform is None else adobe(transform))
    code = jpeg(ids, markers, is_lossless=is_lossless)
    syntax = JPEGLosslessSV1 if is_lossless else JPEGBaseline8Bit
    assert read(code, syntax, tag) == ROWS[tag][signs][is_lossless]


@pytest.mark.parametrize("tag", ROWS)
@pytest.mark.parametrize("is_transformed", [False, True])
@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEG2000])
def test_every_row_of_the_table_for_jpeg_2000(tag, is_transformed, syntax):
    options = {"level": 0, "codecformat": "j2k", "mct": is_transformed}
    code = imagecodecs.jpeg2k_encode(SAMPLES, reversible=syntax == JPEG2000Lossless, **options)
    is_looked_at = tag == "YBR_FULL_422" or (tag == "YBR_FULL" and is_transformed)
    assert read(code, syntax, tag) == (tag == "YBR_FULL" and not is_transformed, is_looked_at)


@pytest.mark.parametrize("tag", ROWS)
@pytest.mark.parametrize("syntax", [JPEGLSLossless, RLELossless])
def test_every_row_of_the_table_for_jpeg_ls_and_run_lengths(tag, syntax):
    code = imagecodecs.jpegls_encode(SAMPLES) if syntax == JPEGLSLossless else run_lengths(SAMPLES)
    frame = decoded(encapsulated([bytes(code)], syntax, SAMPLES, PhotometricInterpretation=tag))
    assert is_read_as_ybr(frame.levels) == (tag == "YBR_FULL")
    assert (NOTE in frame.description.notes) == (tag == "YBR_FULL_422")
    assert ("not-conforming" in frame.description.notes) == (tag in ("YBR_RCT", "YBR_ICT"))


@pytest.mark.parametrize("n_bits", [8, 16])
@pytest.mark.parametrize("is_ybr_there", [False, True])
@pytest.mark.parametrize("encode", [imagecodecs.jpegls_encode, run_lengths, jpeg_2000])
def test_the_picture_tells_its_colours_where_the_tag_states_what_cannot_be(
    encode, is_ybr_there, n_bits
):
    # no sample is shared in these encodings, and what JPEG 2000 transforms was RGB
    syntaxes = {jpeg_2000: JPEG2000Lossless, run_lengths: RLELossless}
    stored = convert_color_space(SAMPLES, "RGB", "YBR_FULL") if is_ybr_there else SAMPLES
    deep = stored if n_bits == 8 else stored.astype(np.uint16) * np.uint16(257)
    content = encapsulated(
        [bytes(encode(deep))],
        syntaxes.get(encode, JPEGLSLossless),
        deep,
        PhotometricInterpretation="YBR_FULL_422",
    )
    frame = decoded(content)
    shown = frame.levels.transpose(1, 2, 0) / np.iinfo(frame.levels.dtype).max
    assert np.abs(shown - SAMPLES / 255).mean() < 0.01
    assert NOTE in frame.description.notes


@pytest.mark.parametrize("planar", [0, 1, 7, None])
@pytest.mark.parametrize(
    ("syntax", "code"),
    [
        (JPEGBaseline8Bit, jpeg(PLAIN, b"", is_lossless=False)),
        (JPEGLosslessSV1, jpeg(PLAIN, b"", is_lossless=True)),
        (JPEG2000Lossless, imagecodecs.jpeg2k_encode(SAMPLES, level=0, codecformat="j2k")),
        (JPEGLSLossless, imagecodecs.jpegls_encode(SAMPLES)),
        (RLELossless, run_lengths(SAMPLES)),
    ],
)
def test_planar_configuration_counts_for_no_codestream(syntax, code, planar):
    content = encapsulated([bytes(code)], syntax, SAMPLES, PlanarConfiguration=planar)
    assert not is_read_as_ybr(decoded(content).levels)
