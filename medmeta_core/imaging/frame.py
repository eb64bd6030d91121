"""`DecodedFrame`: what a decoder hands over, and how it becomes a `MedicalImage`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.description import Description
from medmeta_core.imaging.image import FloatArray, MedicalImage, Window, windowed

Levels = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class DecodedFrame:
    """A frame in the fewest bytes that say all of it.

    Attributes:
        description: the window in it maps `values` to brightness where `levels` is None.
        values: (height, width) in modality units; None for colour.
        levels: (1 or 3, height, width) brightness, white is the type's largest number;
            None where the window says it all.
        patient: digest of what names the patient, not yet keyed; None where nobody is named.
    """

    description: Description
    values: FloatArray | None = None
    levels: Levels | None = None
    patient: str | None = None


def to_image(
    frame: DecodedFrame, *, source_digest: str, patient_key: str | None = None
) -> MedicalImage:
    """The image of a decoded frame."""
    description = frame.description
    return MedicalImage(
        pixels=pixels_of(frame.levels, frame.values, description=description),
        source_digest=source_digest,
        values=frame.values,
        patient_key=patient_key,
        **description.as_fields(),
    )


def pixels_of(
    levels: Levels | None, values: FloatArray | None, *, description: Description
) -> FloatArray:
    """(1 or 3, height, width) from the levels or, without them, from values and window.

    Raises:
        ValueError: there are neither levels nor values with a window.
    """
    if levels is not None:
        return brightness(levels)
    if values is None or description.window is None:
        raise ValueError("a frame needs levels, or values and a window")
    return brightness_of(values, description.window, inverted=description.inverted)[None]


def brightness_of(values: FloatArray, window: Window, *, inverted: bool) -> FloatArray:
    """Brightness of values (h, w) through a linear window, turned round if `inverted`."""
    display_values = windowed(values, window)
    return np.float32(1) - display_values if inverted else display_values


def brightness(levels: Levels) -> FloatArray:
    """Levels as float32 in [0, 1].

    >>> brightness(np.array([0, 51, 255], np.uint8)).tolist()
    [0.0, 0.20000000298023224, 1.0]
    """
    return levels.astype(np.float32) / np.float32(np.iinfo(levels.dtype).max)
