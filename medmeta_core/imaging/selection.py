"""Which frames of a file are wanted."""

from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import Refused

MEGAPIXEL = 10**6

FrameSelection = int | str
"""A frame, counted from 0; "middle"; or "all"."""


def frame_numbers(selection: FrameSelection, n_frames: int) -> range:
    """The wanted of `n_frames`.

    >>> frame_numbers("middle", 5)
    range(2, 3)

    Raises:
        Refused: all of too many frames, or a frame that is not there.
    """
    if selection == "all":
        if n_frames > LIMITS.frames:
            raise Refused("too-many-frames", found=n_frames, limit=LIMITS.frames)
        return range(n_frames)
    number = n_frames // 2 if selection == "middle" else int(selection)
    if not 0 <= number < n_frames:
        raise Refused("no-such-frame", found=number, limit=n_frames)
    return range(number, number + 1)


def check_pixels(width: int, height: int) -> None:
    """Refuse a frame that is too large, before anything of it is decoded.

    Raises:
        Refused: more pixels than `LIMITS.pixels`.
    """
    if width * height > LIMITS.pixels:
        raise too_many_pixels(width * height, LIMITS.pixels)


def too_many_pixels(n_pixels: int, limit: int) -> Refused:
    """The refusal of a frame that has more pixels than are read, in megapixels."""
    return Refused("too-many-pixels", found=-(-n_pixels // MEGAPIXEL), limit=limit // MEGAPIXEL)
