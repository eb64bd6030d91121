"""What a DICOM file says of a frame besides its pixels, and nothing of whose it is."""

from pydicom.uid import UID

from medmeta_core.imaging.description import Description, is_plausible_aspect, plausible_aspect
from medmeta_core.imaging.formats.dicom.pixel_shape import pixel_aspect, spacing_mm
from medmeta_core.imaging.formats.dicom.tags import Tags

MODALITIES = frozenset(
    ("AR", "BDUS", "BI", "BMD", "CR", "CT", "DG", "DMS", "DX", "ES", "FID", "GM", "HC", "IO")
    + ("IOL", "IVOCT", "IVUS", "KER", "LEN", "LS", "M3D", "MG", "MR", "NM", "OAM", "OCT", "OP")
    + ("OPM", "OPT", "OPTBSV", "OPTENF", "OPV", "OSS", "OT", "PA", "PT", "PX", "RF", "RG")
    + ("RTDOSE", "RTIMAGE", "SC", "SEG", "SM", "TG", "US", "VA", "VL", "XA", "XC", "XRF")
)
"""Those of PS3.3 C.7.3.1.1.1 that have pictures; any other text is not repeated."""

LOSSY = tuple(UID(f"1.2.840.10008.1.2.4.{n}") for n in (50, 51, 53, 55, 81, 91, 111, 203))


def describe(tags: Tags, syntax: UID | None, *, number: int, n_frames: int) -> Description:
    """The description of frame `number`, without window."""
    modality = tags.code("Modality")
    is_lossy = tags.text("LossyImageCompression") == "01" or syntax in LOSSY
    aspect = pixel_aspect(tags)
    notes = {
        "lossy-compression": is_lossy,
        "burned-in-annotation": tags.code("BurnedInAnnotation") == "YES",
        "pixel-shape-unusable": aspect is None or not is_plausible_aspect(aspect),
    }
    return Description(
        modality=modality if modality in MODALITIES else "OT",
        spacing_mm=spacing_mm(tags),
        pixel_aspect=plausible_aspect(aspect or 1),
        frame=number,
        n_frames=n_frames,
        notes=tuple(note for note, holds in notes.items() if holds),
    )
