"""Whether a picture of a session file is one that could have been read here."""

from medmeta_core.imaging import StorableImage
from medmeta_core.imaging.notes import NOTES

LARGEST = 1e12
"""Beyond any modality's windows and spacings."""

MAX_UNITS = 16


def is_plausible(image: StorableImage) -> bool:
    """Whether its numbers are within what they measure, and its words are known.

    That its pixels and values are finite is seen to where they are decoded (`inspect_stored`).
    """
    description = image.description
    numbers: list[float] = [*(description.spacing_mm or ())]
    if description.window is not None:
        numbers += [description.window.centre, description.window.width]
    return (
        all(abs(number) <= LARGEST for number in numbers)
        and all(number > 0 for number in description.spacing_mm or ())
        and (description.window is None or description.window.width >= 0)
        and set(description.notes) <= set(NOTES)
        and len(description.units) <= MAX_UNITS
        and description.units.isprintable()
    )
