"""Glyphs drawn by procedure, in the manner of Omniglot: signs of a few strokes, many hands.

A sign is two to four strokes, each a quadratic Bezier curve. Every drawing of it moves the
control points, and turns, stretches and shifts the whole. Nothing is copied from any data set;
equal seeds draw equal pictures.
"""

import torch
from torch import Tensor

SIDE = 28
POINTS_A_STROKE = 24
WOBBLE, TURN, STRETCH, SHIFT = 0.035, 0.15, 0.12, 0.06
"""Standard deviations from drawing to drawing; the picture's side is 1, the turn in radians."""


def draw_glyphs(n_signs: int, n_drawings: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """Pictures (n, 3, 28, 28) uint8, white on black, and the sign (n,) of each."""
    generator = torch.Generator().manual_seed(seed)
    pixels = [_drawings(_strokes(generator), n_drawings, generator) for _ in range(n_signs)]
    labels = torch.arange(n_signs).repeat_interleave(n_drawings)
    return torch.cat(pixels), labels


def _strokes(generator: torch.Generator) -> Tensor:
    """Control points (n_strokes, 3, 2) of a sign; a stroke often begins where one ended."""
    n_strokes = int(torch.randint(2, 5, (), generator=generator))
    strokes = 0.15 + 0.7 * torch.rand(n_strokes, 3, 2, generator=generator)
    for before, stroke in zip(strokes, strokes[1:], strict=False):
        if torch.rand((), generator=generator) < 0.5:
            stroke[0] = before[2]
    return strokes


def _drawings(strokes: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """Pictures (n, 3, 28, 28) of a sign, each by another hand."""

    def varied(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    points = strokes + WOBBLE * varied(n, *strokes.shape)
    angle = TURN * varied(n)
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(n, 1, 2, 2)
    stretch = 1 + STRETCH * varied(n, 1, 1, 2)
    points = (
        ((points.flatten(1, 2)[:, None] - 0.5) * stretch) @ turn + 0.5 + SHIFT * varied(n, 1, 1, 2)
    )
    thickness = 0.028 * (0.2 * varied(n, 1, 1)).exp()
    return _inked(points.view(n, -1, 3, 2), thickness)


def _inked(points: Tensor, thickness: Tensor) -> Tensor:
    """Pictures (n, 3, 28, 28) of curves with control points (n, n_strokes, 3, 2)."""
    t = torch.linspace(0, 1, POINTS_A_STROKE)
    shares = torch.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2], 1)  # Bernstein: (24, 3)
    curve = (shares @ points).flatten(1, 2)  # (n, places on the curve, 2)
    along = (torch.arange(SIDE) + 0.5) / SIDE
    pixels = torch.cartesian_prod(along, along)
    distance = torch.cdist(pixels.expand(len(curve), -1, -1), curve).amin(2)  # (n, 28 * 28)
    ink = ((thickness[:, 0] - distance) * SIDE + 0.5).clamp(0, 1).view(-1, 1, SIDE, SIDE)
    return (255 * ink).round().to(torch.uint8).expand(-1, 3, -1, -1).contiguous()
