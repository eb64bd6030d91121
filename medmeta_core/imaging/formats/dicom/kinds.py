"""What a DICOM file without pixels is, in words."""

from pydicom.dataset import FileDataset
from pydicom.uid import UID

from medmeta_core.imaging.formats.dicom.tags import Tags
from medmeta_core.imaging.refusals import Refused

KINDS = {
    "MediaStorageDirectory": "a directory of other files",
    "StructureSet": "a structure set",
    "Plan": "a radiotherapy plan",
    "Dose": "a dose distribution whose pixels are missing",
    "PresentationState": "a presentation state",
    "Waveform": "a waveform recording",
    "ECG": "a waveform recording",
    "EncapsulatedPDF": "an enclosed document",
    "EncapsulatedCDA": "an enclosed document",
    "Encapsulated": "an enclosed model",
    "RealWorldValue": "a mapping of values",
    "Annotation": "a set of annotations",
    "Registration": "a registration",
    "Fiducials": "a set of fiducials",
    "SRStorage": "a structured report",
    "Detail": "a structured report",
    "KeyObject": "a list of key images",
    "Image": "an image object whose pixels are missing",
}
"""By a part of the SOP class's keyword; the first that fits holds."""

OBJECT_TAGS = ("SOPClassUID", "MediaStorageSOPClassUID", "Modality", "StudyInstanceUID")


def without_pixels(dataset: FileDataset) -> Refused:
    """The refusal of a file that has no pixels: by its kind, if it is a DICOM file at all."""
    tags = Tags(dataset, dataset.file_meta)
    is_marked = dataset.preamble is not None
    if not is_marked and not any(tags.text(keyword) for keyword in OBJECT_TAGS):
        return Refused("not-an-image")
    return Refused("no-pixels", kind=_kind(tags))


def _kind(tags: Tags) -> str:
    keyword = UID(tags.text("SOPClassUID") or tags.text("MediaStorageSOPClassUID")).keyword
    fitting = (kind for part, kind in KINDS.items() if part in keyword)
    return next(fitting, "an object of another kind")
