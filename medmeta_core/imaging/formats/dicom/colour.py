"""Colour frames: stored RGB → brightness of red, green and blue, in sRGB."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.colour_profile import to_srgb
from medmeta_core.imaging.description import Description
from medmeta_core.imaging.formats.dicom.stored import Stored
from medmeta_core.imaging.formats.dicom.tags import Tags
from medmeta_core.imaging.frame import DecodedFrame, Levels
from medmeta_core.imaging.refusals import Refused


def levels_of_rgb(stored: Stored) -> Levels:
    """(3, height, width) of unsigned RGB pixels (height, width, 3).

    Raises:
        Refused: the pixels are signed.
    """
    if stored.samples.dtype.kind != "u":
        raise Refused("contradictory-tags", tag="pixel-representation")
    planes: NDArray[Any] = stored.samples.transpose(2, 0, 1)
    if stored.n_bits == 8:
        return np.asarray(planes, np.uint8)
    full = 2**stored.n_bits - 1
    return np.asarray(np.rint(planes * (65535 / full)), np.uint16)


def colour_frame(levels: Levels, tags: Tags, *, description: Description) -> DecodedFrame:
    """The frame of levels (3, height, width), converted to sRGB where the file has a profile.

    PS3.3 C.11.15: the profile is that of the pixels once they are RGB.
    """
    profile = _profile(tags)
    if profile is None:
        return DecodedFrame(description, levels=levels)
    colours: Any = np.ascontiguousarray(levels.transpose(1, 2, 0))
    converted, note = to_srgb(colours, profile)
    description = description if note is None else description.with_note(note)
    return DecodedFrame(description, levels=converted.transpose(2, 0, 1))


def _profile(tags: Tags) -> bytes | None:
    """Of the picture as a whole, else of the optical path that the frame was taken through."""
    paths = [Tags(path) for path in tags.items("OpticalPathSequence")]
    identifier = tags.text("OpticalPathIdentifier")
    fitting = [path for path in paths if path.text("OpticalPathIdentifier") == identifier]
    profiles = (holder.value("ICCProfile") for holder in (tags, *fitting, *paths))
    return next((profile for profile in profiles if isinstance(profile, bytes)), None)
