"""A block of Conv-4 (convolution, normalisation, max-pool, ReLU) with both its derivatives.

With statistics over a set of places (M: their mean, N places):

    y = conv(x)   m = M y   r = (M (y - m)^2 + eps)^(-1/2)   p = (y - m) r at the maxima
    out = max(0, gamma p + beta)

Normalisation keeps or turns the order, by the sign of gamma, so that the maximum of the
normalised map lies where y is largest (or smallest): all but two passes run on a quarter of the
places. With g the slope with respect to gamma p + beta, q = gamma g, S the way back to the maxima,

    slope of y = S(r q) + A + B y,   B = -r^2 M S(q p),   A = -r M S(q) - m B.

`nudged` and `nudged_back` are the derivatives of both lines along a direction, term by term.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from medmeta_core.training.conv4.block_passes import channels_last, gather, moments, pool, spread

EPS = 1e-5
Layer = tuple[Tensor, Tensor, Tensor]
"""Weights of the convolution (c, c_in, 3, 3), scale gamma (c,) and shift beta (c,)."""


@dataclass(eq=False)
class Block:
    """What one block computed on the way to its output, and then on the way back."""

    x: Tensor
    y: Tensor
    m: Tensor
    r: Tensor
    where: Tensor
    p: Tensor
    out: Tensor
    layer: Layer
    groups: int
    g: Tensor
    mean_q: Tensor
    mean_qp: Tensor
    b: Tensor
    slope: Tensor

    def mean(self, sums: Tensor) -> Tensor:
        """Sums over places (n, c, 1, 1) → means over what shares statistics."""
        return shared_mean(sums, self.y, self.groups)


@dataclass(frozen=True, eq=False)
class Nudge:
    """How a block's values change along a direction of its input and weights."""

    x: Tensor | None
    y: Tensor
    m: Tensor
    r: Tensor
    p: Tensor
    out: Tensor


def shared_mean(sums: Tensor, maps: Tensor, groups: int) -> Tensor:
    """Means over the places that share statistics: those of the batch where groups is 0."""
    n, c, h, w = maps.shape
    if groups == 0:
        return sums.sum(0, keepdim=True) / (n * h * w)
    grouped = sums.view(n, groups, -1).sum(-1, keepdim=True) / (c // groups * h * w)
    return grouped.expand(n, groups, c // groups).reshape(n, c, 1, 1)


def through(x: Tensor, layer: Layer, groups: int) -> Block:
    """The block's output for maps x, and what the way back needs."""
    weight, gamma, beta = layer
    y = channels_last(torch.conv2d(x, weight, None, 1, 1))
    sums, squares = moments(y, y)
    m = shared_mean(sums, y, groups)
    r = (shared_mean(squares, y, groups) - m * m).clamp_min(0).add(EPS).rsqrt()
    best, where = pool(y, torch.where(gamma >= 0, 1.0, -1.0))
    p = best.sub_(m).mul_(r)
    out = torch.relu(_wide(gamma) * p + _wide(beta))
    none = torch.empty(0)
    return Block(x, y, m, r, where, p, out, layer, groups, none, none, none, none, none)


def back(block: Block, slope_out: Tensor, *, needs_x: bool) -> tuple[Tensor, Layer]:
    """Slopes with respect to the input (undefined unless `needs_x`) and to the layer."""
    gamma, r = _wide(block.layer[1]), block.r
    block.g = slope_out * (block.out > 0)
    sum_g, sum_gp = _over_places(block.g), _over_places(block.g * block.p)
    block.mean_q, block.mean_qp = block.mean(sum_g * gamma), block.mean(sum_gp * gamma)
    block.b = -r * r * block.mean_qp
    rest = (-r * block.mean_q - block.m * block.b, block.b, torch.zeros_like(block.b))
    block.slope = spread(block.g * (gamma * r), block.where, maps=(block.y, None), weights=rest)
    slope_x, slope_weight = conv_back(block.slope, block.x, block.layer[0], needs_x=needs_x)
    return slope_x, (slope_weight, sum_gp.sum((0, 2, 3)), sum_g.sum((0, 2, 3)))


def nudged(block: Block, x: Tensor | None, layer: Layer) -> Nudge:
    """Changes along directions of the input (None: it stays) and of the layer."""
    weight, gamma, beta = layer
    y = torch.conv2d(block.x, weight, None, 1, 1)
    if x is not None:
        y = y.add_(torch.conv2d(x, block.layer[0], None, 1, 1))
    y = channels_last(y)
    sums, products = moments(y, block.y)
    m = block.mean(sums)
    variance = 2 * (block.mean(products) - block.m * m)
    r = -0.5 * block.r**3 * variance
    p = gather(y, block.where).sub_(m).mul_(block.r).add_(block.p * (r / block.r))
    out = (_wide(gamma) * block.p).add_(_wide(block.layer[1]) * p).add_(_wide(beta))
    return Nudge(x, y, m, r, p, out.mul_(block.out > 0))


def nudged_back(
    block: Block, nudge: Nudge, slope_out: Tensor, layer: Layer
) -> tuple[Tensor, Layer]:
    """Changes of what `back` yields, given that of the slope of the output."""
    gamma, turned, r = _wide(block.layer[1]), _wide(layer[1]), block.r
    g = slope_out * (block.out > 0)
    sum_g, sum_gp = _over_places(g), _over_places(g * block.p + block.g * nudge.p)
    mean_q = block.mean(turned * _over_places(block.g) + gamma * sum_g)
    mean_qp = block.mean(turned * _over_places(block.g * block.p) + gamma * sum_gp)
    b = -2 * r * nudge.r * block.mean_qp - r * r * mean_qp
    rest = -nudge.r * block.mean_q - r * mean_q - nudge.m * block.b - block.m * b
    pooled = block.g * (nudge.r * gamma + r * turned) + g * (r * gamma)
    slope = spread(pooled, block.where, maps=(block.y, nudge.y), weights=(rest, b, block.b))
    inner = nudge.x is not None
    slope_x, slope_weight = conv_back(slope, block.x, block.layer[0], needs_x=inner)
    if nudge.x is not None:
        more_x, more_weight = conv_back(block.slope, nudge.x, layer[0], needs_x=True)
        slope_x, slope_weight = slope_x.add_(more_x), slope_weight.add_(more_weight)
    return slope_x, (slope_weight, sum_gp.sum((0, 2, 3)), sum_g.sum((0, 2, 3)))


def conv_back(slope: Tensor, x: Tensor, weight: Tensor, *, needs_x: bool) -> tuple[Tensor, Tensor]:
    """Slopes of a 3 x 3 convolution with respect to its input and its weights."""
    ones = [1, 1]
    slope_x, slope_weight, _ = torch.ops.aten.convolution_backward(
        slope, x, weight, None, ones, ones, ones, False, [0, 0], 1, [needs_x, True, False]
    )
    return slope_x, slope_weight


def _wide(per_channel: Tensor) -> Tensor:
    return per_channel[:, None, None]


def _over_places(maps: Tensor) -> Tensor:
    return maps.sum((2, 3), keepdim=True)
