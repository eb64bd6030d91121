"""From a picture as shown to the square that a model sees."""

import numpy as np
import torch
from torch import Tensor

from medmeta_core.imaging import MedicalImage
from medmeta_core.imaging.image import FloatArray
from medmeta_core.imaging.square import square_plane


def as_model_pixels(image: MedicalImage, side: int) -> Tensor:
    """Pixels (3, side, side) in [0, 1]: grey repeated thrice, both sides resized with antialias.

    The whole picture is kept and its sides are scaled apart, so that a place in a heat map
    is the same fraction of width and height in the picture.
    """
    return three_channels(np.stack([square_plane(plane, side) for plane in image.pixels]))


def three_channels(square: FloatArray) -> Tensor:
    """Pixels (3, side, side) of a square (1 or 3, side, side); a copy."""
    return torch.tensor(square).expand(3, *square.shape[1:]).contiguous()
