"""The last layers of a network with what comes in there, so that only they are recomputed."""

import copy
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.methods.inner_loop import Parameters
from medmeta_core.progress import check_stopped

BATCH = 16


@dataclass(frozen=True, eq=False)
class TrainableSuffix:
    """A network from one layer of its body on.

    Attributes:
        network: embeddings (n, d) for `inputs` (n, c, s, s).
        inputs: the examples' maps before that layer; their pixels where it is the first.
        first: which layer of the body that is.
        moving: the parameters of `network` that are adapted, as they are in the backbone.
    """

    network: EmbeddingNetwork
    inputs: Tensor
    first: int
    moving: Parameters

    def subset(self, keep_mask: Tensor) -> "TrainableSuffix":
        """The same with the examples where the mask `keep_mask` (n,) is true."""
        return replace(self, inputs=self.inputs[keep_mask])

    def whole(self, network: EmbeddingNetwork, moved: Parameters) -> EmbeddingNetwork:
        """A copy of the whole network that holds what was moved here."""
        model = copy.deepcopy(network)
        model.load_state_dict(
            {_renumbered(name, self.first): value for name, value in moved.items()}, strict=False
        )
        return model.eval().requires_grad_(False)


@torch.no_grad()
def trainable_suffix(
    network: EmbeddingNetwork, pixels: Tensor, *, first: int, kinds: tuple[type[nn.Module], ...]
) -> TrainableSuffix:
    """The tail from layer `first` on, where the parameters of modules of `kinds` move.

    Args:
        pixels: (n, 3, h, w) of the examples.
    """
    side = (network.input_side, network.input_side)
    resized = F.interpolate(pixels, side, mode="bilinear", antialias=True)
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
    return TrainableSuffix(tail, inputs, first, moving)


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
