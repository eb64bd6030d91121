"""Fine-tuning of all layers of the embedding, where that helps.

The strong plain baseline of the cross-domain literature: Guo et al.: A Broader Study of
Cross-Domain Few-Shot Learning, ECCV 2020, arXiv:1912.07200, section 4. Score: ridge regression
on the fine-tuned embedding. Batch statistics stay as trained, so that an image is judged alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from medmeta_core.embedding import Backbone, EmbeddingNetwork
from medmeta_core.episodes import SupportSet
from medmeta_core.methods.classifier import Classifier
from medmeta_core.methods.gated_adaptation import GatedAdaptation
from medmeta_core.methods.heads import all_kept
from medmeta_core.methods.trainable_suffix import TrainableSuffix, trainable_suffix

RATES, STEPS = (2e-2,), 3
"""25 examples on the shipped backbone: 10 s of one core where three folds decide, 14 s for all."""


@dataclass(frozen=True)
class FineTuning:
    """Ridge regression; from five examples each on, after fine-tuning if it helps."""

    backbone: Backbone

    @property
    def settings(self) -> Mapping[str, float]:
        """Number of steps where fine-tuned."""
        return {"steps": STEPS}

    def fit(self, support: SupportSet) -> Classifier:
        """A classifier that tells in `settings` whether the embedding was fine-tuned."""
        return next(self.fit_each(support, all_kept(support.labels)))

    def fit_each(self, support: SupportSet, kept: Tensor) -> Iterator[Classifier]:
        """One classifier for each row of `kept` (m, n), each with a choice of its own."""
        return GatedAdaptation(self.backbone, all_layers, RATES, STEPS).fit_each(support, kept)


def all_layers(network: EmbeddingNetwork, pixels: Tensor) -> TrainableSuffix:
    """The whole network, where everything moves."""
    return trainable_suffix(network, pixels, first=0, kinds=(nn.Module,))
