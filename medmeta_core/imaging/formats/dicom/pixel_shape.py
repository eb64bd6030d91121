"""How high a pixel of a DICOM frame is, for each unit of its width."""

from collections.abc import Sequence

from medmeta_core.imaging.formats.dicom.tags import Tags

SPACINGS = (
    *("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"),
    "ImagePlanePixelSpacing",
)
"""In the patient, at the detector, on the film (PS3.3 10.7.1.3), of an RT image (C.8.8.2)."""

TWO_DIMENSIONAL = 1
"""Region Spatial Format "2D (tissue or flow)" (PS3.3 C.8.5.5.1.1)."""
CENTIMETRES = 3
"""Physical Units X and Y Direction (PS3.3 C.8.5.5.1.15)."""


def spacing_mm(tags: Tags) -> tuple[float, float] | None:
    """(row, column) distance of pixel centres in mm, if stated."""
    for keyword in SPACINGS:
        spacing = tags.numbers(keyword)
        if len(spacing) == 2 and min(spacing) > 0:
            return spacing[0], spacing[1]
    return _spacing_of_regions(tags)


def pixel_aspect(tags: Tags) -> float | None:
    """Height of a pixel over its width: of the spacing, else of Pixel Aspect Ratio.

    1 where nothing is stated, None where what is stated cannot be.
    """
    spacing = spacing_mm(tags)
    if spacing is not None:
        return spacing[0] / spacing[1]
    aspects = sorted((down / across, 1.0) for down, across in _spacings_of_regions(tags))
    if (agreed := _agreed(aspects)) is not None:
        return agreed[0]  # of parts at different scales, which have no spacing in common
    stated = tags.numbers("PixelAspectRatio")  # vertical, horizontal (PS3.3 C.7.6.3.1.7)
    if len(stated) == 2 and min(stated) > 0:
        return stated[0] / stated[1]
    is_stated = any(tags.value(keyword) for keyword in (*SPACINGS, "PixelAspectRatio"))
    return None if is_stated else 1.0


def _spacing_of_regions(tags: Tags) -> tuple[float, float] | None:
    """The spacing of an ultrasound picture, where all its regions of tissue agree on one."""
    return _agreed(_spacings_of_regions(tags))


def _spacings_of_regions(tags: Tags) -> list[tuple[float, float]]:
    spacings = {
        spacing
        for item in tags.items("SequenceOfUltrasoundRegions")
        if (spacing := _spacing_of_region(Tags(item))) is not None
    }
    return sorted(spacings)


def _spacing_of_region(region: Tags) -> tuple[float, float] | None:
    units = (region.count("PhysicalUnitsXDirection"), region.count("PhysicalUnitsYDirection"))
    across, down = (region.number(f"PhysicalDelta{axis}") for axis in "XY")
    is_tissue = region.count("RegionSpatialFormat") == TWO_DIMENSIONAL
    if not is_tissue or units != (CENTIMETRES, CENTIMETRES) or not across or not down:
        return None
    return abs(down) * 10, abs(across) * 10  # negative where an axis runs the other way


def _agreed(spacings: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """The first pair, where all others are within a hundredth of it."""
    is_one = all(
        abs(side - first) <= first / 100
        for spacing in spacings
        for side, first in zip(spacing, spacings[0], strict=True)
    )
    return spacings[0] if spacings and is_one else None
