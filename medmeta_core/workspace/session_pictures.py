"""Whether a picture of a session file is one that could have been read here."""

import math

import numpy as np

from medmeta_core.imaging import MedicalImage
from medmeta_core.imaging.image import FloatArray
from medmeta_core.imaging.notes import NOTES

LARGEST = 1e12
"""Beyond any modality's values, windows and spacings."""

MAX_UNITS = 16


def is_plausible(image: MedicalImage) -> bool:
    """Whether all its numbers are finite and within what they measure, and its words are known."""
    numbers: list[float] = [*(image.spacing_mm or ())]
    if image.window is not None:
        numbers += [image.window.centre, image.window.width]
    return (
        all(math.isfinite(number) and abs(number) <= LARGEST for number in numbers)
        and all(number > 0 for number in image.spacing_mm or ())
        and (image.window is None or image.window.width >= 0)
        and _is_within(image.pixels, 0, 1)
        and (image.values is None or _is_within(image.values, -LARGEST, LARGEST))
        and set(image.notes) <= set(NOTES)
        and len(image.units) <= MAX_UNITS
        and image.units.isprintable()
    )


def _is_within(numbers: FloatArray, low: float, high: float) -> bool:
    """Whether the array holds numbers, no NaN, all within these bounds."""
    return bool(numbers.size and np.min(numbers) >= low and np.max(numbers) <= high)
