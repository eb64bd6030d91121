"""`HeadMethod`: methods that leave the embedding as it is and fit a head, and what they share."""

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import Backbone
from medmeta_core.errors import BackboneError

Part = TypeVar("Part", bound=nn.Module)


@runtime_checkable
class HeadMethod(Protocol):
    """Fits heads on embeddings; `OnBackbone` makes a few-shot method of it."""

    @property
    def backbone(self) -> Backbone:
        """The one whose embeddings it is made for."""

    @property
    def settings(self) -> Mapping[str, float]:
        """The hyper-parameters, for the report."""

    def heads(self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor) -> Iterator[nn.Module]:
        """One head, embeddings (m, d) → scores (m, n_conditions), for each row of `keep_masks`.

        Args:
            embeddings: (n, d) float32 of the examples.
            labels: (n,) int64; every condition from 0 on has an example.
            keep_masks: (n_heads, n) bool, the examples that each head is fitted to, at least one of
                every condition.
        """


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


def balanced_fold_weights(labels: Tensor, keep_masks: Tensor) -> Tensor:
    """Weights (m, n), float64, for each row of the mask `keep_masks` (m, n) of examples.

    Rows sum to 1, conditions weigh the same, an example left out weighs nothing: so every
    fold is a weighting of the same n examples, and all folds are solved at once.

    >>> balanced_fold_weights(torch.tensor([0, 0, 1]), torch.tensor([[True, True, True]])).tolist()
    [[0.25, 0.25, 0.5]]
    """
    members = F.one_hot(labels).double()  # (n, n_conditions)
    counts = keep_masks.double() @ members  # (m, n_conditions)
    return keep_masks.double() / (members.shape[1] * counts[:, labels])


def keep_all(labels: Tensor) -> Tensor:
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
        raise BackboneError("method-weights-shape", method=name) from error
    return module.eval().requires_grad_(False)
