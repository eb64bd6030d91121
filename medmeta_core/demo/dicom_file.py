"""A drawn radiograph as a DICOM file that says of itself that it is synthetic."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, DigitalXRayImageStorageForPresentation, JPEGLSLossless, generate_uid

from medmeta_core.demo.canvas import Field

BITS = 10


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One exposure.

    Attributes:
        field: (h, w) in [0, 1], bright where the ray was stopped.
        spacing_mm: distance of pixel centres.
        patient: the patient's made-up identifier.
        image_number: counts the patient's images from 1.
        is_inverted: store it as MONOCHROME1, as some detectors do.
    """

    field: Field
    spacing_mm: float
    patient: str
    image_number: int
    is_inverted: bool


def dicom_bytes(radiograph: Radiograph) -> bytes:
    """The DICOM file (JPEG-LS lossless), byte for byte the same for the same exposure."""
    dataset = Dataset()
    _identify(dataset, radiograph)
    _describe(dataset, radiograph)
    _add_pixels(dataset, radiograph)
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _identify(dataset: Dataset, radiograph: Radiograph) -> None:
    def uid(*parts: str) -> UID:
        return generate_uid(entropy_srcs=["medmeta_core.demo", radiograph.patient, *parts])

    number = str(radiograph.image_number)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.file_meta.MediaStorageSOPInstanceUID = uid("image", number)
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = uid("image", number)
    dataset.StudyInstanceUID = uid("study")
    dataset.SeriesInstanceUID = uid("series")
    dataset.PatientName = f"SYNTHETIC^{radiograph.patient}"
    dataset.PatientID = radiograph.patient
    dataset.IssuerOfPatientID = "SYNTHETIC"
    dataset.PatientBirthDate = dataset.StudyDate = dataset.StudyTime = ""
    dataset.PatientSex = dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    dataset.StudyID, dataset.SeriesNumber, dataset.InstanceNumber = "1", 1, number


def _describe(dataset: Dataset, radiograph: Radiograph) -> None:
    dataset.Modality = "DX"
    dataset.Manufacturer = "medmeta_core.demo"
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.ImageComments = "SYNTHETIC: drawn by a program, no patient"
    dataset.BodyPartExamined, dataset.ViewPosition = "CHEST", "PA"
    dataset.PatientOrientation = ["L", "F"]
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.PixelIntensityRelationship, dataset.PixelIntensityRelationshipSign = "LOG", 1
    dataset.ImagerPixelSpacing = [f"{radiograph.spacing_mm:.4f}"] * 2
    dataset.BurnedInAnnotation, dataset.PatientIdentityRemoved = "NO", "YES"
    dataset.PresentationLUTShape = "INVERSE" if radiograph.is_inverted else "IDENTITY"
    dataset.WindowCenter, dataset.WindowWidth = "512", "1000"
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"


def _add_pixels(dataset: Dataset, radiograph: Radiograph) -> None:
    highest = 2**BITS - 1
    stored = np.rint(radiograph.field * highest).astype(np.uint16)
    dataset.Rows, dataset.Columns = stored.shape
    dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, BITS, BITS - 1
    dataset.PhotometricInterpretation = "MONOCHROME1" if radiograph.is_inverted else "MONOCHROME2"
    if radiograph.is_inverted:
        stored = highest - stored
    dataset.compress(
        JPEGLSLossless, stored, encoding_plugin="pyjpegls", generate_instance_uid=False
    )
