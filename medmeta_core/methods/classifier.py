"""`Classifier`: what every method yields, differentiable from pixels to scores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from medmeta_core.episodes.pixels import model_pixels


@dataclass(frozen=True, eq=False)
class Classifier:
    """An adapted classifier; nobody changes it.

    softmax(scores) is the probability. An image is classified alone.

    Attributes:
        conditions: names, in the order of the scores.
        embedding: pixels (n, 3, h, w) in [0, 1] → embeddings (n, d), differentiable.
        head: embeddings (n, d) → scores (n, n_conditions), differentiable.
        saliency_layer: the module inside `embedding` that Grad-CAM looks at.
        embed: `embedding` without gradient, through the memory of features where there is one.
        settings: what the fit itself chose, for the report.
    """

    conditions: tuple[str, ...]
    embedding: nn.Module
    head: nn.Module
    saliency_layer: nn.Module
    embed: Callable[[Tensor], Tensor]
    settings: Mapping[str, float] = field(default_factory=dict)

    @property
    def network(self) -> nn.Module:
        """Pixels (n, 3, h, w) → scores (n, n_conditions), differentiable."""
        return nn.Sequential(self.embedding, self.head)

    @torch.inference_mode()
    def scores(self, pixels: Tensor) -> Tensor:
        """Scores (n, n_conditions) for pixels (n, 3, h, w) in [0, 1].

        Raises:
            SupportSetError: the pixels are not finite floats in [0, 1] of this shape.
        """
        return self.scores_of(self.embed(model_pixels(pixels)))

    @torch.inference_mode()
    def scores_of(self, embeddings: Tensor) -> Tensor:
        """Scores (n, n_conditions) for embeddings (n, d) of images."""
        scores: Tensor = self.head(embeddings)
        return scores

    def predict_proba(self, pixels: Tensor) -> Tensor:
        """Probabilities (n, n_conditions) for pixels (n, 3, h, w); rows sum to 1."""
        return self.scores(pixels).double().softmax(-1)

    def tempered(self, temperature: float) -> "Classifier":
        """The same classifier with its scores divided by `temperature`."""
        return replace(self, head=nn.Sequential(self.head, Tempered(temperature)))


class Tempered(nn.Module):
    """Scores divided by a temperature (Guo et al. 2017, arXiv:1706.04599, eq. 9)."""

    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, scores: Tensor) -> Tensor:
        """Scores of the same shape."""
        return scores / self.temperature
