"""What methods share that leave the embedding as it is and fit a head on it."""

from collections.abc import Mapping
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import Backbone
from medmeta_core.errors import BackboneError
from medmeta_core.methods.classifier import Classifier

Part = TypeVar("Part", bound=nn.Module)


def on_embedding(backbone: Backbone, conditions: tuple[str, ...], head: nn.Module) -> Classifier:
    """The classifier that a head (n, d) → (n, n_conditions) makes of a backbone."""
    network = backbone.network
    return Classifier(
        conditions=conditions,
        embedding=network,
        head=head.requires_grad_(False),
        saliency_layer=network.saliency_layer,
        embed=backbone.embed,
    )


class LinearHead(nn.Module):
    """Scores (n, n_conditions) of embeddings (n, d), for weight (d, n_conditions) and bias.

    `nn.Linear` would first draw weights at random, for each fold. Kept with the conditions
    first: a product with few columns takes three times as long the other way round.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight.T.float().contiguous())
        self.register_buffer("bias", bias.float())

    def forward(self, embeddings: Tensor) -> Tensor:
        """Products with the weight, plus the bias.

        >>> LinearHead(torch.tensor([[2.0], [3.0]]), torch.tensor([1.0]))(torch.eye(2)).tolist()
        [[3.0], [4.0]]
        """
        return F.linear(embeddings, self.weight, self.bias)


def balanced_fold_weights(labels: Tensor, kept: Tensor) -> Tensor:
    """Weights (m, n), float64, for each row of the mask `kept` (m, n) of examples.

    Rows sum to 1, conditions weigh the same, an example left out weighs nothing: so every
    fold is a weighting of the same n examples, and all folds are solved at once.

    >>> balanced_fold_weights(torch.tensor([0, 0, 1]), torch.tensor([[True, True, True]])).tolist()
    [[0.25, 0.25, 0.5]]
    """
    members = F.one_hot(labels).double()  # (n, n_conditions)
    counts = kept.double() @ members  # (m, n_conditions)
    return kept.double() / (members.shape[1] * counts[:, labels])


def all_kept(labels: Tensor) -> Tensor:
    """The mask (1, n) of the one fold that leaves nothing out."""
    return torch.ones(1, len(labels), dtype=torch.bool)


def loaded_part(module: Part, weights: Mapping[str, Tensor], name: str) -> Part:
    """The module with the weights of a backbone's part, in evaluation mode.

    Raises:
        BackboneError: they do not fit.
    """
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise BackboneError(
            f"The weights of the method {name!r} do not fit this version.", rule="wrong-shape"
        ) from error
    return module.eval().requires_grad_(False)
