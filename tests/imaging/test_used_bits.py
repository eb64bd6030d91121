"""Bits above High Bit mean nothing (PS3.5 8.1.1), in whatever way the pixels are encoded."""

import imagecodecs
import numpy as np
import pytest
from made_dicom import as_bytes, decoded, dicom_dataset, dicom_file, encapsulated, run_lengths
from openjpeg.utils import encode_array
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from medmeta_core.imaging.formats.dicom.compressed import JPEG_XL

VALUES = (np.arange(48 * 40).reshape(48, 40) * 7) % 4096  # of 12 bits
OVERLAY = (np.indices((48, 40)).sum(axis=0) % 3 == 0).astype(np.uint16)
BITS = {"BitsStored": 12, "HighBit": 11}


def jpeg_2000(words: np.ndarray) -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(words, level=0, codecformat="j2k"))


def jpeg_lossless(words: np.ndarray) -> bytes:
    return bytes(imagecodecs.ljpeg_encode(words, bitspersample=16))


def htj2k(words: np.ndarray) -> bytes:
    return bytes(imagecodecs.htj2k_encode(words))


def jpeg_xl(words: np.ndarray) -> bytes:
    return bytes(imagecodecs.jpegxl_encode(words, lossless=True))


ENCODERS = {
    JPEG2000Lossless: jpeg_2000,
    HTJ2KLossless: htj2k,
    JPEGLSLossless: imagecodecs.jpegls_encode,
    JPEGLosslessSV1: jpeg_lossless,
    RLELossless: run_lengths,
    JPEG_XL[0]: jpeg_xl,
}
NATIVE = (
    "1.2.840.10008.1.2.1",
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)


def file_of(words: np.ndarray, syntax: str, **attributes) -> bytes:
    if syntax in ENCODERS:
        return encapsulated([ENCODERS[syntax](words)], syntax, words, **attributes)
    dataset = dicom_dataset(words, TransferSyntaxUID=syntax, **attributes)
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = words.astype(">u2").tobytes()
    return as_bytes(dataset)


@pytest.mark.parametrize("syntax", [*ENCODERS, *NATIVE])
def test_an_overlay_above_the_highest_bit_does_not_change_a_value(syntax):
    words = VALUES.astype(np.uint16) | OVERLAY << 12 | OVERLAY << 15
    assert np.array_equal(decoded(file_of(words, syntax, **BITS)).values, VALUES)


@pytest.mark.parametrize("syntax", [*ENCODERS, *NATIVE])
@pytest.mark.parametrize("above", [0, 0xF000, 0x5000])
def test_the_sign_is_the_highest_bit_that_is_used(syntax, above):
    words = VALUES.astype(np.uint16) | np.uint16(above)
    signed = np.where(VALUES >= 2048, VALUES - 4096, VALUES)
    content = file_of(words, syntax, PixelRepresentation=1, **BITS)
    assert np.array_equal(decoded(content).values, signed)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless, RLELossless])
def test_bits_that_end_at_the_top_are_shifted_down_in_every_encoding(syntax):
    words = (VALUES << 4 | 5).astype(np.uint16)
    content = file_of(words, syntax, BitsStored=12, HighBit=15)
    assert np.array_equal(decoded(content).values, VALUES)


@pytest.mark.parametrize("n_bits", [5, 8, 10, 12, 13, 16])
def test_a_signed_codestream_of_as_many_bits_as_are_stored_keeps_its_values(n_bits):
    half = 2 ** (n_bits - 1)
    signed = (VALUES % (2 * half) - half).astype(np.int8 if n_bits <= 8 else np.int16)
    code = bytes(encode_array(signed, bits_stored=n_bits))
    attributes = {"BitsStored": n_bits, "HighBit": n_bits - 1, "PixelRepresentation": 1}
    assert np.array_equal(
        decoded(encapsulated([code], JPEG2000Lossless, signed, **attributes)).values, signed
    )


def test_a_codestream_of_fewer_bits_than_are_stated_has_its_sign_at_its_own_highest():
    """As pydicom has it: its test file J2K_pixelrep_mismatch is of this kind."""
    code = bytes(encode_array(VALUES.astype(np.uint16), bits_stored=12))
    content = encapsulated([code], JPEG2000Lossless, VALUES.astype(np.int16))
    assert np.array_equal(decoded(content).values, np.where(VALUES >= 2048, VALUES - 4096, VALUES))


def test_twelve_bits_allocated_may_have_a_sign():
    dataset = dicom_dataset(np.zeros((1, 2), np.uint16), BitsAllocated=12, **BITS)
    dataset.PixelRepresentation = 1
    dataset.PixelData = bytes([0xFF, 0x1F, 0x00, 0x00])  # 0xFFF, 0x001
    assert decoded(as_bytes(dataset)).values.tolist() == [[-1, 1]]


def test_eight_bits_of_sixteen_and_four_of_eight_are_masked():
    assert decoded(
        dicom_file(np.array([[0x0AFF, 0x0100]], np.uint16), BitsStored=8, HighBit=7)
    ).values.tolist() == [[255, 0]]
    assert decoded(
        dicom_file(np.array([[0xF3, 0x1F]], np.uint8), BitsStored=4, HighBit=3)
    ).values.tolist() == [[3, 15]]


def test_colours_are_masked_too():
    words = np.full((4, 6, 3), 0xF123, np.uint16)
    levels = decoded(dicom_file(words, **BITS)).levels
    assert np.unique(levels).tolist() == [round(0x123 * 65535 / 4095)]


def test_a_white_that_loss_made_whiter_does_not_turn_black():
    """JPEG of 12 bits holds 10: at edges the cosine transform overshoots 1023."""
    stored = np.where(np.indices((64, 64)).sum(axis=0) % 16 < 8, 1023, 400).astype(np.uint16)
    code = imagecodecs.jpeg8_encode(stored, bitspersample=12, level=60)
    assert imagecodecs.jpeg8_decode(code).max() > 1023
    frame = decoded(encapsulated([code], JPEGExtended12Bit, stored, BitsStored=10, HighBit=9))
    assert frame.values.max() == 1023 and np.abs(frame.values - stored).max() < 200
