"""A classifier whose network holds parameters that were adapted to the examples."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from medmeta_core.embedding import Network
from medmeta_core.methods.classifier import Classifier
from medmeta_core.methods.inner_loop import Parameters


def adapted_classifier(
    conditions: tuple[str, ...], network: Network, adapted: Parameters
) -> Classifier:
    """A classifier with a network of its own; what `adapted` lacks is as in `network`."""
    model = copy.deepcopy(network)
    values = {name: value.detach() for name, value in adapted.items()}
    head = nn.Linear(model.n_features, len(conditions))
    head.load_state_dict({"weight": values.pop("head.weight"), "bias": values.pop("head.bias")})
    model.load_state_dict(values, strict=False)
    model.eval().requires_grad_(False)
    head.requires_grad_(False)
    return Classifier(conditions, model, head, model.saliency_layer, embed_with(model))


def embed_with(network: Network) -> Callable[[Tensor], Tensor]:
    """Embeddings (n, d) of pixels (n, 3, h, w) by a network, without gradient."""

    @torch.inference_mode()
    def embed(pixels: Tensor) -> Tensor:
        embeddings: Tensor = network(pixels)
        return embeddings

    return embed
