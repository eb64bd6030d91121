"""The last layers of a network with what comes in there, so that only they are recomputed."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from medmeta_core.embedding import EmbeddingNetwork, Network
from medmeta_core.embedding.joint.joint_network import JointNetwork, MemberNetwork
from medmeta_core.methods.inner_loop import Parameters
from medmeta_core.progress import check_stopped

BATCH = 16


@dataclass(frozen=True, eq=False)
class TrainableSuffix:
    """A network from one layer of its body on.

    Attributes:
        network: embeddings (n, d) for `inputs`.
        inputs: (n, …) the examples' maps before that layer; their pixels where it is the first.
        moving: the parameters of `network` that are adapted, as they are in the backbone.
        names: of these parameters in the whole network.
    """

    network: Network
    inputs: Tensor
    moving: Parameters
    names: Mapping[str, str]

    def subset(self, keep_mask: Tensor) -> "TrainableSuffix":
        """The same with the examples where the mask `keep_mask` (n,) is true."""
        return replace(self, inputs=self.inputs[keep_mask])

    def whole(self, network: Network, moved: Parameters) -> Network:
        """A copy of the whole network that holds what was moved here."""
        model = copy.deepcopy(network)
        model.load_state_dict(
            {self.names[name]: value for name, value in moved.items()}, strict=False
        )
        return model.eval().requires_grad_(False)


First = Callable[[EmbeddingNetwork], int]
"""Tells from which layer of its body on a network moves."""


def trainable_suffix(
    network: Network, pixels: Tensor, *, first: First, kinds: tuple[type[nn.Module], ...]
) -> TrainableSuffix:
    """The tail from layer `first` on, where the parameters of modules of `kinds` move.

    Of a joint network the tails of all its networks, each with all its views.

    Args:
        pixels: (n, 3, h, w) of the examples.

    Raises:
        TypeError: the network is of neither kind.
    """
    if isinstance(network, EmbeddingNetwork):
        return _of_one(network, pixels, first(network), kinds)
    if isinstance(network, JointNetwork):
        return _of_joint(network, pixels, first, kinds)
    raise TypeError(f"expected an embedding or a joint network, actual {type(network).__name__}")


@torch.no_grad()
def _of_one(
    network: EmbeddingNetwork, pixels: Tensor, first: int, kinds: tuple[type[nn.Module], ...]
) -> TrainableSuffix:
    resized = network.resized(pixels)
    maps = (resized - network.mean) / network.std
    inputs = torch.cat([_passed(network.body[:first], b) for b in torch.split(maps, BATCH)])
    tail = copy.deepcopy(network).eval().requires_grad_(False)
    tail.body = nn.Sequential(*list(tail.body)[first:])
    for layer in tail.body:
        layer.register_forward_pre_hook(_stop_between_layers)
    tail.input_side = int(inputs.shape[-1])
    tail.mean, tail.std = torch.zeros(1, 1, 1), torch.ones(1, 1, 1)  # standardised already
    moving: Parameters = {
        f"{path}.{name}": parameter
        for path, module in tail.named_modules()
        if isinstance(module, kinds)
        for name, parameter in module.named_parameters(recurse=False)
    }
    names = {name: _renumbered(name, first) for name in moving}
    return TrainableSuffix(tail, inputs, moving, names)


def _of_joint(
    network: JointNetwork, pixels: Tensor, first: First, kinds: tuple[type[nn.Module], ...]
) -> TrainableSuffix:
    """The inputs of all tails and views, flattened and side by side, one row for each example."""
    tails: list[tuple[MemberNetwork, TrainableSuffix]] = [
        (one, _of_one(one.network, one.shown(pixels), first(one.network), kinds))
        for one in network.networks()
    ]
    columns = [_by_example(suffix.inputs, len(pixels)) for _, suffix in tails]
    moving, names = dict[str, Tensor](), dict[str, str]()
    for place, (_, suffix) in enumerate(tails):
        prefix = f"members.{place}.network."
        moving |= {prefix + name: value for name, value in suffix.moving.items()}
        names |= {prefix + name: prefix + whole for name, whole in suffix.names.items()}
    tail = _JointTail([_MemberTail(one, suffix) for one, suffix in tails])
    return TrainableSuffix(tail, torch.cat(columns, 1), moving, names)


class _MemberTail(MemberNetwork):
    """A network of several from one layer on; its inputs come flattened, all views in a row."""

    def __init__(self, whole: MemberNetwork, suffix: TrainableSuffix) -> None:
        super().__init__(cast(EmbeddingNetwork, suffix.network), whole.member)
        for name, statistic in whole.named_buffers(recurse=False):
            setattr(self, name, statistic)
        self._shape = suffix.inputs.shape[1:]
        self.n_columns = len(whole.member.views) * self._shape.numel()

    def shown(self, pixels: Tensor) -> Tensor:
        """Inputs (n_views * n, c, s, s) of rows (n, n_columns)."""
        views = pixels.view(len(pixels), len(self.member.views), *self._shape)
        return views.transpose(0, 1).flatten(0, 1)


class _JointTail(JointNetwork):
    """Several networks from one layer of each on; a row holds the inputs of all."""

    def pooled(self, pixels: Tensor) -> Tensor:
        """Features (n, d) of rows (n, n_columns)."""
        tails = [member for member in self.members if isinstance(member, _MemberTail)]
        pieces = torch.split(pixels, [tail.n_columns for tail in tails], dim=1)
        return torch.cat(
            [tail.pooled(piece) for tail, piece in zip(tails, pieces, strict=True)], dim=1
        )


def _by_example(inputs: Tensor, n: int) -> Tensor:
    """Rows (n, …) of inputs (n_views * n, c, s, s), view by view."""
    return inputs.view(-1, n, *inputs.shape[1:]).transpose(0, 1).flatten(1)


def _passed(layers: nn.Module, batch: Tensor) -> Tensor:
    check_stopped()
    maps: Tensor = layers(batch)
    return maps


def _stop_between_layers(*_: object) -> None:
    """A passage of many examples through a large network takes seconds."""
    check_stopped()


def last_with(network: EmbeddingNetwork, kinds: tuple[type[nn.Module], ...]) -> int:
    """The last layer of the body that holds a module of `kinds`; 0 where none does."""
    holding = [
        place
        for place, layer in enumerate(network.body)
        if any(isinstance(module, kinds) for module in layer.modules())
    ]
    return max(holding, default=0)


def _renumbered(name: str, first: int) -> str:
    body, layer, rest = name.split(".", 2)
    return f"{body}.{int(layer) + first}.{rest}"
