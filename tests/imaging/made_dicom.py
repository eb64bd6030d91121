"""DICOM files of our own making, for tests."""

from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    SecondaryCaptureImageStorage,
)

from medmeta_core.imaging.decoding import decode_frames
from medmeta_core.imaging.frame import DecodedFrame, to_image
from medmeta_core.imaging.image import MedicalImage
from medmeta_core.imaging.refusals import Refused


def dicom_dataset(pixels: np.ndarray, **attributes: Any) -> FileDataset:
    """A dataset of grey pixels (h, w) or colour (h, w, 3); attributes by keyword replace or add."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = attributes.pop("TransferSyntaxUID", ExplicitVRLittleEndian)
    is_big_endian = meta.TransferSyntaxUID == ExplicitVRBigEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    dataset = FileDataset(BytesIO(), {}, file_meta=meta, preamble=bytes(128))
    dataset.set_original_encoding(False, not is_big_endian)
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, UID("1.2.3")
    dataset.Modality = "CT"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.dtype.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes() + bytes(pixels.nbytes % 2)
    for keyword, value in attributes.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    dataset["PixelData"].VR = "OW"
    return dataset


def as_bytes(dataset: Dataset) -> bytes:
    """The file."""
    out = BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def dicom_file(pixels: np.ndarray, **attributes: Any) -> bytes:
    """A file of pixels with attributes by keyword."""
    return as_bytes(dicom_dataset(pixels, **attributes))


def look_up_table(first: int, n_bits: int, entries: list[int]) -> Dataset:
    """An item of a LUT sequence."""
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(entries), first, n_bits])
    item.add_new("LUTData", "US", entries)
    return item


def decoded(content: bytes, frames: int | str = "middle") -> DecodedFrame:
    """The frame, decoded in this process: the bytes are our own."""
    return next(iter(decode_frames(BytesIO(content), frames)))


def rule_of(content: bytes, frames: int | str = "middle") -> str:
    """The rule by which the file is refused, in this process."""
    with pytest.raises(Refused) as caught:
        decoded(content, frames)
    return caught.value.rule


def image_of(content: bytes) -> MedicalImage:
    """The image, decoded in this process."""
    return to_image(decoded(content), source_digest="0" * 64)


def encapsulated(codes: list[bytes], syntax: str, pixels: np.ndarray, **attributes: Any) -> bytes:
    """A file whose frames are `codes`, one fragment each, described as `pixels` are."""
    written = syntax if UID(syntax).is_transfer_syntax else HTJ2KLossless
    dataset = dicom_dataset(pixels, TransferSyntaxUID=written, **attributes)
    dataset.PixelData = encapsulate(codes)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    # pydicom writes no syntax that it does not know; JPEG XL has a UID of the same length
    return as_bytes(dataset).replace(written.encode(), syntax.encode())


def run_lengths(pixels: np.ndarray) -> bytes:
    """A frame of RLE Lossless: a segment for each byte of each sample, high bytes first."""
    samples = pixels.reshape(-1, pixels.shape[2] if pixels.ndim == 3 else 1)
    big = samples.astype(samples.dtype.newbyteorder(">")).view(np.uint8)
    planes = big.reshape(len(samples), -1).T  # (bytes of a pixel, pixels)
    rows = [np.ascontiguousarray(plane).reshape(pixels.shape[:2]) for plane in planes]
    segments = [b"".join(imagecodecs.packbits_encode(row.tobytes()) for row in r) for r in rows]
    segments = [segment + bytes(len(segment) % 2) for segment in segments]
    starts = [64 + sum(map(len, segments[:i])) for i in range(len(segments))]
    header = np.zeros(16, "<u4")
    header[: len(segments) + 1] = [len(segments), *starts]
    return header.tobytes() + b"".join(segments)
