"""The sweep of `conv4_sweep` for the networks and tasks of MAML and Reptile."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.methods.inner_loop import Examples, Parameters, class_balanced_weights
from medmeta_core.training.conv4.block_passes import library
from medmeta_core.training.conv4.sweep import Batch, Layers, Sweep, descended, meta_gradient
from medmeta_core.training.inputs.tasks import Task

BLOCK = (nn.Conv2d, nn.GroupNorm, nn.MaxPool2d, nn.ReLU)


@dataclass(frozen=True, eq=False)
class Swept:
    """What one task teaches.

    Attributes:
        loss, scores: of the queries after the last step.
        body: slopes with respect to the body's parameters.
        rates: (n_parameters, steps), the head's weight and bias last.
    """

    loss: float
    scores: Tensor
    body: tuple[Tensor, ...]
    rates: Tensor


def can_sweep(network: EmbeddingNetwork, pixels: Tensor) -> bool:
    """Whether the network is a Conv-4 as the sweep knows it, on a processor with a compiler."""
    is_known = all(
        isinstance(block, nn.Sequential) and tuple(map(type, block)) == BLOCK
        for block in network.body
    )
    sides = (network.input_side // 2 ** len(network.body), pixels.shape[-1])
    return (
        is_known
        and not network.unit_length
        and sides == (network.grid, network.input_side)
        and pixels.device.type == "cpu"
        and pixels.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and library() is not None
    )


def sweep_maml(
    network: EmbeddingNetwork,
    body: tuple[Tensor, ...],
    task: Task,
    *,
    rates: Tensor,
    importance: list[float],
    first_order: bool,
) -> Swept:
    """The meta-gradient of a task; the head starts from zero.

    Args:
        body: its parameters in their order.
        rates: (n_parameters, steps), the head's weight and bias last.
        importance: of the queries' loss after each step.
    """
    body_tensors = [tensor.detach() for tensor in body]
    head = torch.zeros(task.n_way, network.n_features), torch.zeros(task.n_way)
    weights = class_balanced_weights(task.support_labels, task.n_way)
    even = torch.full((len(task.query),), 1 / len(task.query))
    gradient = meta_gradient(
        Sweep(_groups(network), network.base_mean, first_order),
        _layers(body_tensors, head),
        (
            _standardised(network, task.support, task.support_labels, weights),
            _standardised(network, task.query, task.query_labels, even),
        ),
        rates=list(rates.T),
        importance=importance,
    )
    slopes = [slope for layer in gradient.start[:-1] for slope in layer]
    of_rates = torch.stack([torch.stack(step) for step in gradient.rates], dim=1)
    return Swept(float(gradient.loss), gradient.scores, tuple(slopes), of_rates)


def sweep_steps(
    network: EmbeddingNetwork,
    parameters: Parameters,
    examples: Examples,
    *,
    rate: float,
    steps: int,
) -> Parameters:
    """All parameters of body and head after `steps` of gradient descent on the examples."""
    body = [name for name, _ in network.named_parameters()]
    body_tensors = [parameters[name].detach() for name in body]
    head = (parameters["head.weight"], parameters["head.bias"])
    moved = descended(
        Sweep(_groups(network), network.base_mean, first_order=True),
        _layers(body_tensors, head),
        _standardised(network, *examples),
        rate=rate,
        steps=steps,
    )
    names = [*body, "head.weight", "head.bias"]
    return dict(zip(names, (tensor for layer in moved for tensor in layer), strict=True))


def _groups(network: EmbeddingNetwork) -> int:
    return next(m.num_groups for m in network.body.modules() if isinstance(m, nn.GroupNorm))


def _layers(body: list[Tensor], head: tuple[Tensor, Tensor]) -> Layers:
    """Three tensors of the body make a block; the head comes last."""
    return [*(tuple(body[i : i + 3]) for i in range(0, len(body), 3)), head]


def _standardised(
    network: EmbeddingNetwork, pixels: Tensor, labels: Tensor, weights: Tensor
) -> Batch:
    return Batch((pixels - network.mean) / network.std, labels, weights)
