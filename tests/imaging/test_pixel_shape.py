"""A picture is shown in its true shape wherever it is shown; what a network sees stays squared."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from made_dicom import dicom_file, image_of
from PIL import Image
from pydicom.dataset import Dataset

from medmeta_core.episodes.pixels import as_model_pixels
from medmeta_core.explanation import Explanation, overlay
from medmeta_core.imaging import MedicalImage, as_png, decode_image, encode_image, thumbnail
from medmeta_core.imaging.description import Description

GENERATOR = np.random.default_rng(0)
STORED = GENERATOR.integers(0, 256, (90, 120)).astype(np.uint8)


def region(**attributes: object) -> Dataset:
    item = Dataset()
    item.RegionSpatialFormat = 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.PhysicalDeltaX, item.PhysicalDeltaY = 0.02, 0.05
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def functional_groups(spacing: list[float]) -> Dataset:
    measures, group = Dataset(), Dataset()
    measures.PixelSpacing = spacing
    group.PixelMeasuresSequence = [measures]
    return group


ASPECTS = {
    "nothing stated": ({}, 1),
    "the patient's spacing": ({"PixelSpacing": [1.0, 2.0]}, 0.5),
    "the detector's": ({"ImagerPixelSpacing": [0.3, 0.1]}, 3),
    "the film's": ({"NominalScannedPixelSpacing": [0.1, 0.2]}, 0.5),
    "the patient's before the detector's": (
        {"PixelSpacing": [0.2, 0.1], "ImagerPixelSpacing": [0.1, 0.1]},
        2,
    ),
    "of the functional groups": (
        {"SharedFunctionalGroupsSequence": [functional_groups([0.4, 0.1])]},
        4,
    ),
    "an aspect ratio": ({"PixelAspectRatio": [2, 1]}, 2),
    "a spacing before an aspect ratio": (
        {"PixelSpacing": [1, 1], "PixelAspectRatio": [2, 1]},
        1,
    ),
    "a region of ultrasound": ({"SequenceOfUltrasoundRegions": [region()]}, 2.5),
    "a region whose axis runs upwards": (
        {"SequenceOfUltrasoundRegions": [region(PhysicalDeltaY=-0.05)]},
        2.5,
    ),
    "a region in seconds": (
        {"SequenceOfUltrasoundRegions": [region(PhysicalUnitsXDirection=4)]},
        1,
    ),
    "a region that is a trace": (
        {"SequenceOfUltrasoundRegions": [region(RegionSpatialFormat=3)]},
        1,
    ),
    "tissue beside a trace": (
        {"SequenceOfUltrasoundRegions": [region(RegionSpatialFormat=2), region()]},
        2.5,
    ),
    "regions that disagree": (
        {"SequenceOfUltrasoundRegions": [region(), region(PhysicalDeltaX=0.05)]},
        1,
    ),
    "regions at two scales": (
        {
            "SequenceOfUltrasoundRegions": [
                region(),
                region(PhysicalDeltaX=0.04, PhysicalDeltaY=0.1),
            ]
        },
        2.5,
    ),
    "the plane of an RT image": ({"ImagePlanePixelSpacing": [0.4, 0.2]}, 2),
    "written with few digits": ({"PixelSpacing": [0.3125, 0.3124]}, 1),
    "empty": ({"PixelSpacing": "", "PixelAspectRatio": ""}, 1),
    "a zero": ({"PixelSpacing": [0, 1]}, 1),
    "nonsense": ({"PixelSpacing": [1e-9, 1]}, 1),
    "one number": ({"PixelSpacing": [0.5]}, 1),
    "a ratio of zero": ({"PixelAspectRatio": [0, 0]}, 1),
}


UNUSABLE = {"a zero", "nonsense", "one number", "a ratio of zero"}


@pytest.mark.parametrize("kind", ASPECTS)
def test_the_shape_of_a_pixel_is_what_the_file_states(kind):
    attributes, aspect = ASPECTS[kind]
    image = image_of(dicom_file(STORED, **attributes))
    assert image.pixel_aspect == pytest.approx(aspect)
    assert ("pixel-shape-unusable" in image.notes) is (kind in UNUSABLE)


def size_of(content: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(content)).size


@pytest.mark.parametrize(
    ("stated", "size"), [([1, 2], (240, 90)), ([2, 1], (120, 180)), ([3, 3], (120, 90))]
)
def test_thumbnail_picture_and_heat_map_have_the_true_shape(stated, size):
    image = image_of(dicom_file(STORED, PixelSpacing=stated))
    assert size_of(as_png(image)) == size
    width, height = size_of(as_png(image, max_side=60))
    assert max(width, height) == 60 and width / height == pytest.approx(size[0] / size[1], rel=0.03)
    width, height = size_of(thumbnail(image))
    assert width / height == pytest.approx(size[0] / size[1], rel=0.03)
    heat = Explanation(np.ones((7, 7), np.float32), 1.0, "flu")
    assert overlay(image, heat).shape == (size[1], size[0], 3)


def test_a_circle_measured_with_long_pixels_is_shown_round():
    rows, columns = np.mgrid[:100, :50]
    circle = ((rows - 50) ** 2 + (2 * (columns - 25)) ** 2 < 40**2).astype(np.uint8) * 255
    shown = np.asarray(
        Image.open(BytesIO(as_png(image_of(dicom_file(circle, PixelSpacing=[1, 2])))))
    )
    inside = np.argwhere(shown > 127)
    height, width = np.ptp(inside, axis=0) + 1
    assert shown.shape == (100, 100) and abs(height - width) <= 2


def test_what_a_network_sees_does_not_depend_on_the_shape_of_pixels():
    image = image_of(dicom_file(STORED))
    assert as_model_pixels(image, 32).equal(as_model_pixels(replace(image, pixel_aspect=3.0), 32))


def test_the_shape_is_stored():
    image = image_of(dicom_file(STORED, PixelAspectRatio=[2, 1]))
    assert decode_image(encode_image(image)).pixel_aspect == 2


def test_a_form_stored_before_shapes_were_has_that_of_its_spacing():
    written = Description(spacing_mm=(2.0, 1.0)).to_json()
    del written["pixel_aspect"]
    assert Description.from_json(written).pixel_aspect == 2


def test_an_image_with_impossible_pixels_cannot_be_made():
    with pytest.raises(ValueError, match="pixel_aspect"):
        MedicalImage(np.zeros((1, 2, 2), np.float32), "OT", "", pixel_aspect=0)
