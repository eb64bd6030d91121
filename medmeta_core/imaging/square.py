"""From a picture as shown to the square that a network sees."""

import numpy as np
from PIL import Image

from medmeta_core.imaging.image import FloatArray


def square_plane(plane: FloatArray, side: int) -> FloatArray:
    """Brightness (side, side) of a plane (h, w): both sides scaled apart, bilinear, antialiased.

    The whole picture is kept, so that a place in a heat map is the same fraction of width and
    height in the picture (decision 002).
    """
    if plane.shape == (side, side):
        return plane
    resized = Image.fromarray(plane).resize((side, side), Image.Resampling.BILINEAR)
    square: FloatArray = np.clip(np.asarray(resized, np.float32), 0, 1)
    return square
