"""Random views of training pictures: crops, flips, turns, brightness; drawn from a generator."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.training.recipe import BaseSet


def random_view(
    picture: Tensor, base_set: BaseSet, *, side: int, generator: torch.Generator
) -> Tensor:
    """One crop (3, side, side) uint8 of a picture (3, h, w) uint8: 35 to 100 % of its area."""
    h, w = picture.shape[-2:]
    area, ratio = 0.35 + 0.65 * _draw(generator), math.exp(0.3 * (2 * _draw(generator) - 1))
    ch, cw = (
        max(8, min(n, round(n * math.sqrt(area) * r))) for n, r in ((h, ratio), (w, 1 / ratio))
    )
    top, left = int(_draw(generator) * (h - ch + 1)), int(_draw(generator) * (w - cw + 1))
    crop = picture[:, top : top + ch, left : left + cw]
    if base_set.flip and _draw(generator) < 0.5:
        crop = crop.flip(-1)
    if base_set.turn:
        crop = torch.rot90(crop, int(4 * _draw(generator)), (-2, -1))
    resized = F.interpolate(crop[None].float(), (side, side), mode="bilinear", antialias=True)[0]
    return resized.round().clamp(0, 255).to(torch.uint8)


def vary_exposure(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Pixels (n, 3, h, w) in [0, 1] with brightness, contrast and tint varied."""
    n = len(pixels)
    contrast = 0.7 + 0.6 * torch.rand(n, 1, 1, 1, generator=generator)
    brightness = 0.2 * (torch.rand(n, 1, 1, 1, generator=generator) - 0.5)
    tint = 1 + 0.1 * (torch.rand(n, 3, 1, 1, generator=generator) - 0.5)
    middle = pixels.mean((1, 2, 3), keepdim=True)
    return (((pixels - middle) * contrast + middle + brightness) * tint).clamp(0, 1)


def _draw(generator: torch.Generator) -> float:
    return float(torch.rand((), generator=generator))
