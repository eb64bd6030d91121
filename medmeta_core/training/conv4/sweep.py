"""The meta-gradient of MAML on Conv-4 by one sweep back over the inner steps.

With the slope v of the queries' loss at the adapted weights, the meta-gradient of
equation 1 of arXiv:1703.03400, step by step from the last, is

    v <- v - H(alpha v)    and, for the rate of a step,  -(slope of that step) . v,

H being the curvature of the examples' loss where the step began. Curvature times direction is
the derivative of the slope along it, written out in `block`; no graph is recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.training.conv4.block import (
    Block,
    Layer,
    Nudge,
    back,
    nudged,
    nudged_back,
    through,
)
from medmeta_core.training.conv4.block_passes import channels_last

Layers = list[tuple[Tensor, ...]]
"""(weights, gamma, beta) of each block, then (weights, bias) of the head."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Pixels (n, 3, h, w) as the body takes them, labels (n,), weights (n,) that sum to 1."""

    pixels: Tensor
    labels: Tensor
    weights: Tensor


@dataclass(frozen=True, eq=False)
class Slopes:
    """Loss, scores, the slope with respect to every tensor, and what curvature needs."""

    loss: Tensor
    scores: Tensor
    slopes: Layers
    blocks: list[Block]
    features: Tensor
    slope_scores: Tensor


@dataclass(frozen=True, eq=False)
class Sweep:
    """Conv-4 with group norm, or with batch norm of the batch itself where groups is 0.

    Attributes:
        centre: (d,) taken from the features before the head.
        first_order: whether curvature is left out (arXiv:1703.03400, section 5.2).
    """

    groups: int
    centre: Tensor | float = 0.0
    first_order: bool = False

    def slopes(self, layers: Layers, batch: Batch) -> Slopes:
        """The slope of the weighted cross-entropy."""
        x, blocks = channels_last(batch.pixels), list[Block]()
        for layer in layers[:-1]:
            blocks.append(through(x, _as_layer(layer), self.groups))
            x = blocks[-1].out
        features, (weight, bias) = x.flatten(1) - self.centre, layers[-1]
        scores = F.linear(features, weight, bias)
        losses = F.cross_entropy(scores, batch.labels, reduction="none")
        slope_scores = batch.weights[:, None] * (
            scores.softmax(1) - F.one_hot(batch.labels, scores.shape[1])
        )
        gradients: Layers = [(slope_scores.T @ features, slope_scores.sum(0))]
        slope = (slope_scores @ weight).view_as(x)
        for place, block in reversed(list(enumerate(blocks))):
            slope, layer_gradient = back(block, channels_last(slope), needs_x=place > 0)
            gradients.insert(0, layer_gradient)
        loss = (batch.weights * losses).sum()
        return Slopes(loss, scores, gradients, blocks, features, slope_scores)

    def curvature(self, layers: Layers, taken: Slopes, along: Layers, weights: Tensor) -> Layers:
        """The change of `taken.slopes` along a direction: curvature times direction."""
        x: Tensor | None = None
        nudges = list[Nudge]()
        for block, direction in zip(taken.blocks, along, strict=False):
            nudges.append(nudged(block, x, _as_layer(direction)))
            x = nudges[-1].out
        if x is None:
            raise ValueError("layers: at least one block")
        (weight, _), (turn, shift) = layers[-1], along[-1]
        features, shares = x.flatten(1), taken.scores.softmax(1)
        scores = features @ weight.T + taken.features @ turn.T + shift
        slope_scores = weights[:, None] * shares * (scores - (shares * scores).sum(1, True))
        of_weight = slope_scores.T @ taken.features + taken.slope_scores.T @ features
        products: Layers = [(of_weight, slope_scores.sum(0))]
        slope = (slope_scores @ weight + taken.slope_scores @ turn).view_as(x)
        triples = zip(taken.blocks, nudges, along[:-1], strict=True)
        for block, nudge, direction in reversed(list(triples)):
            slope, layer_product = nudged_back(
                block, nudge, channels_last(slope), _as_layer(direction)
            )
            products.insert(0, layer_product)
        return products


@dataclass(frozen=True, eq=False)
class MetaGradient:
    """Loss and scores of the queries after the last step, and the slopes of the sweep.

    Attributes:
        start: with respect to where the inner loop began.
        rates: by step, with respect to the rate of each tensor.
    """

    loss: Tensor
    scores: Tensor
    start: Layers
    rates: list[list[Tensor]]


@torch.no_grad()
def meta_gradient(
    sweep: Sweep,
    start: Layers,
    tasks: tuple[Batch, Batch],
    *,
    rates: Sequence[Sequence[Tensor]],
    importance: Sequence[float],
) -> MetaGradient:
    """The slope of the queries' losses after the steps, each counted by its `importance`.

    Args:
        tasks: examples and queries.
        rates: by step, the rate of each tensor in the order of the layers.
    """
    examples, queries = tasks
    path, taken = [start], list[Slopes]()
    for step_rates in rates:
        taken.append(sweep.slopes(path[-1], examples))
        path.append(_moved(path[-1], _scaled(taken[-1].slopes, step_rates)))
    query_passes = [
        sweep.slopes(layers, queries) if weight or step == len(rates) - 1 else None
        for step, (layers, weight) in enumerate(zip(path[1:], importance, strict=True))
    ]
    slope: Layers = [tuple(torch.zeros_like(t) for t in layer) for layer in start]
    of_rates = list[list[Tensor]]()
    for step in reversed(range(len(rates))):
        answer = query_passes[step]
        if answer is not None and importance[step]:
            slope = _moved(slope, [tuple(-importance[step] * t for t in s) for s in answer.slopes])
        step_pass = taken.pop()
        of_rates.insert(0, [-(a * b).sum() for a, b in _pairs(step_pass.slopes, slope)])
        if not sweep.first_order:
            along = _scaled(slope, rates[step])
            slope = _moved(slope, sweep.curvature(path[step], step_pass, along, examples.weights))
    last = query_passes[-1]
    if last is None:
        raise ValueError("rates: at least one step")
    return MetaGradient(last.loss, last.scores, slope, of_rates)


@torch.no_grad()
def descended(sweep: Sweep, layers: Layers, batch: Batch, *, rate: float, steps: int) -> Layers:
    """The layers after `steps` of plain gradient descent on a batch."""
    for _ in range(steps):
        slopes = sweep.slopes(layers, batch).slopes
        layers = _moved(layers, [tuple(rate * t for t in layer) for layer in slopes])
    return layers


def _as_layer(tensors: tuple[Tensor, ...]) -> Layer:
    weight, gamma, beta = tensors
    return channels_last(weight), gamma, beta


def _pairs(one: Layers, other: Layers) -> list[tuple[Tensor, Tensor]]:
    return [pair for a, b in zip(one, other, strict=True) for pair in zip(a, b, strict=True)]


def _moved(layers: Layers, by: Layers) -> Layers:
    return [
        tuple(a - b for a, b in zip(x, y, strict=True)) for x, y in zip(layers, by, strict=True)
    ]


def _scaled(layers: Layers, rates: Sequence[Tensor]) -> Layers:
    remaining = iter(rates)
    return [tuple(next(remaining) * tensor for tensor in layer) for layer in layers]
