"""What a DICOM file without pixels is, in words."""

from pydicom.uid import UID

from medmeta_core.imaging.dicom.tags import Tags

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


def kind_of(tags: Tags) -> str:
    """The kind of object, as the refusal names it."""
    keyword = UID(tags.text("SOPClassUID") or tags.text("MediaStorageSOPClassUID")).keyword
    fitting = (kind for part, kind in KINDS.items() if part in keyword)
    return next(fitting, "an object of another kind")
