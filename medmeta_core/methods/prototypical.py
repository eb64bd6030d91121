"""Prototypical networks: an image belongs to the condition whose mean is nearest.

Snell, Swersky, Zemel: Prototypical Networks for Few-shot Learning. NeurIPS 2017,
arXiv:1703.05175. Score: minus the squared Euclidean distance to the condition's prototype,
times a scale.
"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import Backbone
from medmeta_core.methods.hyper_parameters import check_hyper_parameters, hyper_parameter


class PrototypeHead(nn.Module):
    """Scores (n, n_conditions) of embeddings (n, d) by distance to prototypes (n_conditions, d).

    The square is multiplied out, so that one matrix product does it.
    """

    prototypes: Tensor
    squares: Tensor

    def __init__(self, prototypes: Tensor, scale: float) -> None:
        super().__init__()
        self.register_buffer("prototypes", prototypes)
        self.register_buffer("squares", torch.linalg.vecdot(prototypes, prototypes))
        self.scale = scale

    def forward(self, embeddings: Tensor) -> Tensor:
        """Equation 2, before the softmax.

        >>> head = PrototypeHead(torch.tensor([[0.0, 0.0], [4.0, 0.0]]), scale=1)
        >>> head(torch.tensor([[1.0, 0.0]])).tolist()
        [[-1.0, -9.0]]
        """
        products = torch.addmm(
            self.squares, embeddings, self.prototypes.T, beta=-self.scale, alpha=2 * self.scale
        )
        squares = torch.linalg.vecdot(embeddings, embeddings)
        return products.sub(squares[:, None], alpha=self.scale)


def prototypes(embeddings: Tensor, labels: Tensor, n_conditions: int) -> Tensor:
    """The mean embedding of each condition (equation 1): (n_conditions, d)."""
    sums = embeddings.new_zeros(n_conditions, embeddings.shape[1])
    counts = torch.bincount(labels, minlength=n_conditions)
    return sums.index_add_(0, labels, embeddings) / counts[:, None]


def prototypes_of_folds(embeddings: Tensor, labels: Tensor, keep_masks: Tensor) -> Tensor:
    """The same (m, n_conditions, d) for each row of the mask `keep_masks` (m, n) of examples.

    Several folds are one matrix product; the sums above are the quicker way for one.
    """
    if len(keep_masks) == 1 and keep_masks.all():
        return prototypes(embeddings, labels, int(labels.max()) + 1)[None]
    members = F.one_hot(labels).T.to(embeddings)  # (n_conditions, n)
    kept = keep_masks[:, None] * members  # (m, n_conditions, n)
    return kept @ embeddings / kept.sum(-1, keepdim=True)


@dataclass(frozen=True)
class Prototypical:
    """Prototypes in the embedding of a backbone.

    Attributes:
        scale: of the squared distances; None takes the one in the backbone's card, learned with it.
    """

    backbone: Backbone
    _: KW_ONLY
    scale: float | None = hyper_parameter(None, "positive")

    def __post_init__(self) -> None:
        check_hyper_parameters(self)

    @property
    def settings(self) -> Mapping[str, float]:
        """The scale of the squared distances."""
        return {"scale": self._scale}

    @property
    def _scale(self) -> float:
        return self.backbone.card.scale if self.scale is None else self.scale

    def heads(
        self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor
    ) -> Iterator[PrototypeHead]:
        """The nearest prototype, for each row of `keep_masks` (m, n)."""
        for means in prototypes_of_folds(embeddings, labels, keep_masks):
            yield PrototypeHead(means, self._scale)
