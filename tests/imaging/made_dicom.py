"""DICOM files of our own making, for tests."""

from io import BytesIO
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
)

from medmeta_core.imaging.decoding import decode_frames
from medmeta_core.imaging.frame import DecodedFrame, develop
from medmeta_core.imaging.image import MedicalImage


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


def decoded(content: bytes, wanted: int | str = "middle") -> DecodedFrame:
    """The frame, decoded in this process: the bytes are our own."""
    return next(iter(decode_frames(BytesIO(content), wanted)))


def image_of(content: bytes) -> MedicalImage:
    """The image, decoded in this process."""
    return develop(decoded(content), source_digest="0" * 64)
