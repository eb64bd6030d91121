"""From a picture as shown to the square that a model sees."""

from math import isfinite

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medmeta_core.errors import SupportSetError
from medmeta_core.imaging import MedicalImage
from medmeta_core.imaging.image import FloatArray
from medmeta_core.imaging.square import square_plane

MODEL_SIDE = 224
"""Side in pixels of the square that every image is brought to before a model sees it."""

ROUNDING = 1e-4
"""How far pixels may lie beyond [0, 1] where they were resized."""


def as_model_pixels(image: MedicalImage, side: int) -> Tensor:
    """Pixels (3, side, side) in [0, 1]: grey repeated thrice, both sides resized with antialias.

    The whole picture is kept and its sides are scaled apart, so that a place in a heat map
    is the same fraction of width and height in the picture.
    """
    return three_channels(np.stack([square_plane(plane, side) for plane in image.pixels]))


def three_channels(square: FloatArray) -> Tensor:
    """Pixels (3, side, side) of a square (1 or 3, side, side); a copy."""
    return torch.tensor(square).expand(3, *square.shape[1:]).contiguous()


def model_pixels(pixels: Tensor | NDArray[np.generic]) -> Tensor:
    """Pixels (n, 3, h, w) float32 of what a caller hands over, checked.

    Args:
        pixels: (n, 3, h, w) or (n, 1, h, w) floats in [0, 1]; one channel is repeated thrice.

    Raises:
        SupportSetError: another shape or kind of numbers, numbers that are not finite or beyond
            [0, 1].
    """
    tensor = _as_tensor(pixels) if isinstance(pixels, np.ndarray) else pixels
    if not isinstance(tensor, Tensor):
        raise SupportSetError("pixels-type", found=type(pixels).__name__)
    if tensor.ndim != 4 or tensor.shape[1] not in (1, 3) or 0 in tensor.shape[2:]:
        shape = str(tuple(tensor.shape))
        if tensor.ndim == 4 and tensor.shape[-1] in (1, 3):
            raise SupportSetError("pixels-channels-last", found=shape)
        raise SupportSetError("pixels-shape", found=shape)
    if not tensor.is_floating_point():
        kind = str(tensor.dtype).removeprefix("torch.")
        raise SupportSetError("pixels-kind", found=kind)
    bounds = torch.aminmax(tensor.detach()) if len(tensor) else (0.0, 0.0)
    low, high = (float(bound) for bound in bounds)
    if not (isfinite(low) and isfinite(high)):
        raise SupportSetError("pixels-finite")
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise SupportSetError("pixels-range", low=low, high=high)
    return tensor.float().expand(-1, 3, -1, -1).contiguous()


def _as_tensor(pixels: NDArray[np.generic]) -> Tensor:
    """The numbers of an array as a tensor, whatever its strides, byte order and precision.

    Raises:
        SupportSetError: it holds no floats.
    """
    if pixels.dtype.kind != "f":
        raise SupportSetError("pixels-kind", found=str(pixels.dtype))
    kind = np.float64 if pixels.dtype.itemsize > 4 else np.float32
    return torch.from_numpy(np.require(pixels, kind, ["C", "W"]))
