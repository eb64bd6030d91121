"""Remarks on quality: codes that travel with an image and that the dashboard translates."""

from dataclasses import replace

import numpy as np

from medmeta_core.imaging.frame import DecodedFrame, brightness, brightness_of
from medmeta_core.imaging.image import FloatArray

NOTES = (
    "window-assumed",  # no usable window is stated: percentiles of the values
    "lossy-compression",  # a DICOM file says or shows that it was compressed with loss
    "low-resolution",  # the shorter side has fewer than 64 pixels
    "nearly-blank",  # the middle 99 % of the pixels span less than 2 % of the brightness
    "burned-in-annotation",  # the file says that texts are part of the picture
    "multi-frame",  # one of several frames
    "guessed-transfer-syntax",  # the encoding is not stated and was found by trying
    "tags-assumed",  # a required tag is missing and has its usual value
    "transparent-parts",  # see-through parts are shown black
    "frames-differ-in-size",  # pages of unequal size: only the largest is read
    "reduced-size",  # more pixels than are read: made smaller while it was read
    "first-of-several",  # an animation or a collection: only its first picture is read
    "extra-channels",  # channels beyond colour and alpha are left out
    "colour-profile-not-applied",  # an ICC profile is damaged or of another kind of colour
    "not-conforming",  # a rule is broken that changes no pixel where readers agree
    "rescale-slope-zero",  # no modality transformation: a slope of 0 leaves nothing
    "pixel-shape-unusable",  # the stated spacing or aspect of a pixel cannot be: shown square
    "colour-space-contradictory",  # tag and codestream state different colour spaces
)

LOW_RESOLUTION_SIDE = 64
BLANK_SPAN = 0.02
MAX_SAMPLES_PER_SIDE = 256


def noted(frame: DecodedFrame) -> DecodedFrame:
    """The same frame with what its size, its brightness and its number call for."""
    sample = _sample(frame)
    low, high = np.percentile(sample, (0.5, 99.5))
    holds_by_note = {
        "low-resolution": min(_sides(frame)) < LOW_RESOLUTION_SIDE,
        "nearly-blank": high - low < BLANK_SPAN,
        "multi-frame": frame.description.n_frames > 1,
    }
    notes = [note for note, holds in holds_by_note.items() if holds]
    description = replace(frame.description, notes=(*frame.description.notes, *notes))
    return replace(frame, description=description)


def _sides(frame: DecodedFrame) -> tuple[int, ...]:
    plane = frame.values if frame.levels is None else frame.levels
    return () if plane is None else plane.shape[-2:]


def _sample(frame: DecodedFrame) -> FloatArray:
    """Brightness of some of the pixels, evenly spread."""
    every = tuple(slice(None, None, 1 + n // MAX_SAMPLES_PER_SIDE) for n in _sides(frame))
    description = frame.description
    if frame.levels is not None:
        return brightness(frame.levels[:, *every])
    if frame.values is None or description.window is None:
        raise ValueError("a frame needs levels, or values and a window")
    return brightness_of(frame.values[every], description.window, inverted=description.inverted)
