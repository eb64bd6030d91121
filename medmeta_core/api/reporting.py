"""A report on images from Python, by the builder of the command line and of the dashboard."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from medmeta_core.analysis import Adaptation
from medmeta_core.casework.case_classifier import CaseClassifier
from medmeta_core.casework.example_folder import FolderExamples
from medmeta_core.casework.image_cases import ImageCase, ImageClassifier
from medmeta_core.casework.image_report import report_on_images
from medmeta_core.casework.report_content import ReportHeading
from medmeta_core.episodes import Identity, SupportSet, remarks_on_examples
from medmeta_core.episodes.pixels import as_model_pixels
from medmeta_core.imaging import MedicalImage, picture_digest
from medmeta_core.imaging.image import FloatArray
from medmeta_core.reporting import Report

Levels = NDArray[np.uint8]
"""Pictures (n, 3, side, side) in 256 levels."""


def levels_of(support: SupportSet) -> Levels:
    """The pictures of examples in a quarter of the memory, for the small pictures of a report."""
    return (support.pixels * 255).round().byte().numpy()


def report_on(
    images: Iterable[MedicalImage],
    adaptation: Adaptation,
    *,
    levels: Levels | None,
    heading: ReportHeading,
) -> Report:
    """The report of an adaptation on images; none is classified by itself, if it is an example.

    Args:
        levels: the pictures of the examples; None where there are none, so that none is shown
            and no image is found to be an example.
    """
    examples = _examples(adaptation, levels)
    classifier = ImageClassifier(examples, CaseClassifier(adaptation), heading.rule)
    cases = (_case(classifier, image, adaptation.side) for image in images)
    return report_on_images(examples, adaptation, items=cases, heading=heading)


def _case(classifier: ImageClassifier, image: MedicalImage, side: int) -> ImageCase:
    """Compared with the examples as the square that the method sees, which is all there is."""
    square = _as_image(as_model_pixels(image, side).numpy())
    case = classifier.classify(replace(square, patient_key=image.patient_key))
    return replace(case, image=image)


def _as_image(pixels: FloatArray) -> MedicalImage:
    levels = np.rint(pixels * 255).astype(np.uint8)
    return MedicalImage(pixels, "OT", sha256(levels.tobytes()).hexdigest())


def _examples(adaptation: Adaptation, levels: Levels | None) -> FolderExamples:
    support = adaptation.support
    pixels = () if levels is None else levels.astype(np.float32) / np.float32(255)
    images = tuple(_as_image(one) for one in pixels)
    aliases = tuple(f"E{number}" for number in range(1, len(support) + 1))
    labels = tuple(support.conditions[place] for place in support.labels.tolist())
    patients = support.groups or (None,) * len(support)
    pictures = [picture_digest(image) for image in images]
    remarks = remarks_on_examples(labels, patients=patients, pictures=pictures or aliases)
    return FolderExamples(
        folder="",
        support=support,
        images=images,
        names=aliases,
        aliases=aliases,
        labels=labels,
        patients=patients,
        refusals=(),
        identities=tuple(
            Identity(image.source_digest, picture, patient)
            for image, picture, patient in zip(images, pictures, patients, strict=bool(images))
        ),
        remarks=remarks,
    )
