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


def vary_colours(pixels: Tensor, generator: torch.Generator, *, share: float = 0.3) -> Tensor:
    """A `share` of pixels (n, 3, h, w) in [0, 1] with their colours mixed, some turned negative.

    Far from any real picture, but a teacher is asked about the very same pixels: what it says
    of them is as good a lesson (Beyer et al. 2022, arXiv:2106.05237).
    """
    n = len(pixels)
    mixing = torch.eye(3) + 0.35 * torch.randn(n, 3, 3, generator=generator)
    mixed = torch.einsum("nij,njhw->nihw", mixing, pixels)
    low, high = mixed.amin((1, 2, 3), keepdim=True), mixed.amax((1, 2, 3), keepdim=True)
    mixed = (mixed - low) / (high - low).clamp_min(1e-3)
    chosen = torch.rand(n, 1, 1, 1, generator=generator) < share
    return torch.where(chosen, mixed, pixels)


def blend(
    pixels: Tensor, labels: Tensor, generator: torch.Generator, *, share: float = 0.5
) -> tuple[Tensor, Tensor]:
    """A `share` of pixels (n, 3, h, w) and labels (n, k) mixed with another picture of the batch.

    mixup (Zhang et al. 2018, arXiv:1710.09412) with evenly drawn shares, as in Beyer et al. 2022.
    """
    n = len(pixels)
    mix = 0.5 + 0.5 * torch.rand(n, generator=generator)
    mix = torch.where(torch.rand(n, generator=generator) < share, mix, 1.0)
    other = torch.randperm(n, generator=generator)
    weights = mix[:, None, None, None]
    return (
        weights * pixels + (1 - weights) * pixels[other],
        mix[:, None] * labels + (1 - mix[:, None]) * labels[other],
    )


def _draw(generator: torch.Generator) -> float:
    return float(torch.rand((), generator=generator))
