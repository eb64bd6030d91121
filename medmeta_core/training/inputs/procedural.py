"""Procedural pictures: what a teacher is asked about besides the few medical ones.

Dead leaves over noise whose spectrum falls like that of real scenes (Baradad et al. 2021: Learning
to See by Looking at Noise, arXiv:2106.05963). They carry no condition: only a teacher's features
are learned from them, so that the student follows it beyond the training sets.
"""

import math

import torch
from torch import Tensor


def procedural_picture(side: int, generator: torch.Generator) -> Tensor:
    """One picture (3, side, side) uint8: 4 to 32 textured ellipses over a textured ground."""
    picture: Tensor = _texture(side, generator)
    for _ in range(int(_between(4, 32, generator))):
        covered = _ellipse(side, generator)
        leaf = _texture(side, generator)
        picture = torch.where(covered, leaf, picture)
    return (255 * picture).round().to(torch.uint8)


def _texture(side: int, generator: torch.Generator) -> Tensor:
    """A colour with more or less noise (3, side, side) in [0, 1]."""
    contrast = _between(0, 0.25, generator) ** 1.5
    noise = _noise(side, generator) * contrast
    grey = torch.rand(1, 1, 1, generator=generator)
    tint = _between(0, 1, generator) * (torch.rand(3, 1, 1, generator=generator) - 0.5)
    texture: Tensor = (grey + tint + noise).clamp(0, 1)
    return texture


def _noise(side: int, generator: torch.Generator) -> Tensor:
    """Noise (3, side, side) of spread 1 whose amplitude falls as a power of the frequency."""
    low = max(8, side // 4)  # drawn coarse, then enlarged: a leaf needs no finer grain
    along = torch.fft.fftfreq(low)
    frequency = torch.hypot(along[:, None], torch.fft.rfftfreq(low)[None]).clamp_min(1 / low)
    white = torch.randn(3, low, low, generator=generator)
    falling = torch.fft.rfft2(white) / frequency ** _between(0.3, 2.2, generator)
    noise = torch.fft.irfft2(falling, s=(low, low))
    noise = (noise - noise.mean()) / noise.std()
    return torch.nn.functional.interpolate(noise[None], (side, side), mode="bicubic")[0]


def _ellipse(side: int, generator: torch.Generator) -> Tensor:
    """The inside (1, side, side) of a turned ellipse; small ones are the more frequent."""
    along = torch.linspace(-1, 1, side)
    x = along[None] - _between(-1, 1, generator)
    y = along[:, None] - _between(-1, 1, generator)
    turn = _between(0, math.pi, generator)
    size = 0.05 / _between(0.04, 1, generator)
    stretch = _between(0.3, 1, generator)
    u = x * math.cos(turn) + y * math.sin(turn)
    v = (y * math.cos(turn) - x * math.sin(turn)) / stretch
    return (u.square() + v.square() < size**2)[None]


def _between(low: float, high: float, generator: torch.Generator) -> float:
    return low + (high - low) * float(torch.rand((), generator=generator))
