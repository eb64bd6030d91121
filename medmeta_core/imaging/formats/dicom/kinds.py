"""What a DICOM file without pixels is."""

from pydicom.dataset import FileDataset
from pydicom.uid import UID

from medmeta_core.imaging.formats.dicom.tags import Tags
from medmeta_core.imaging.refusals import Refused

KINDS = {
    "MediaStorageDirectory": "directory",
    "StructureSet": "structure-set",
    "Plan": "plan",
    "Dose": "dose",
    "PresentationState": "presentation-state",
    "Waveform": "waveform",
    "ECG": "waveform",
    "EncapsulatedPDF": "document",
    "EncapsulatedCDA": "document",
    "Encapsulated": "model",
    "RealWorldValue": "value-mapping",
    "Annotation": "annotations",
    "Registration": "registration",
    "Fiducials": "fiducials",
    "SRStorage": "structured-report",
    "Detail": "structured-report",
    "KeyObject": "key-images",
    "Image": "image",
}
"""Code by a part of the SOP class's keyword; the first that fits holds."""

OBJECT_TAGS = ("SOPClassUID", "MediaStorageSOPClassUID", "Modality", "StudyInstanceUID")


def without_pixels(dataset: FileDataset) -> Refused:
    """The refusal of a file that has no pixels: by its kind, if it is a DICOM file at all."""
    tags = Tags(dataset, dataset.file_meta)
    is_marked = dataset.preamble is not None
    if not is_marked and not any(tags.text(keyword) for keyword in OBJECT_TAGS):
        return Refused("not-an-image")
    return Refused("no-pixels", object=_kind(tags))


def _kind(tags: Tags) -> str:
    keyword = UID(tags.text("SOPClassUID") or tags.text("MediaStorageSOPClassUID")).keyword
    fitting = (kind for part, kind in KINDS.items() if part in keyword)
    return next(fitting, "other")
