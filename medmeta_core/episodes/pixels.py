"""From a picture as shown to the square that a model sees."""

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.imaging import MedicalImage


def as_model_pixels(image: MedicalImage, side: int) -> Tensor:
    """Pixels (3, side, side) in [0, 1]: grey repeated thrice, both sides resized with antialias.

    The whole picture is kept and its sides are scaled apart, so that a place in a heat map
    is the same fraction of width and height in the picture.
    """
    pixels = torch.tensor(image.pixels)[None]  # (1, c, h, w); a copy: the store shares its arrays
    if pixels.shape[-2:] != (side, side):
        pixels = F.interpolate(pixels, (side, side), mode="bilinear", antialias=True)
    return pixels[0].clamp(0, 1).expand(3, side, side).contiguous()
