"""Fine-tuning of all layers of the embedding, where that helps.

The strong plain baseline of the cross-domain literature: Guo et al.: A Broader Study of
Cross-Domain Few-Shot Learning, ECCV 2020, arXiv:1912.07200, section 4. Score: ridge regression
on the fine-tuned embedding. Batch statistics stay as trained, so that an image is classified alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass

from torch import Tensor, nn

from medmeta_core.embedding import Backbone, Network
from medmeta_core.episodes import SupportSet
from medmeta_core.methods.classifier import Classifier
from medmeta_core.methods.gated_adaptation import GatedAdaptation
from medmeta_core.methods.heads import keep_all
from medmeta_core.methods.hyper_parameters import (
    check_hyper_parameters,
    hyper_parameter,
    hyper_parameters_of,
)
from medmeta_core.methods.trainable_suffix import TrainableSuffix, trainable_suffix


@dataclass(frozen=True)
class FineTuning:
    """Ridge regression; from five examples each on, after fine-tuning if it helps.

    25 examples on the shipped backbone take 10 s of one core where three folds decide, 14 s for
    all.

    Attributes:
        steps: of one fine-tuning.
        rate: by what share of its length a parameter moves in a step.
    """

    backbone: Backbone
    _: KW_ONLY
    steps: int = hyper_parameter(3, "count")
    rate: float = hyper_parameter(2e-2, "positive")

    def __post_init__(self) -> None:
        check_hyper_parameters(self)

    @property
    def settings(self) -> Mapping[str, float]:
        """Number and rate of the steps where fine-tuned."""
        return hyper_parameters_of(self)

    def fit(self, support: SupportSet) -> Classifier:
        """A classifier that tells in `settings` whether the embedding was fine-tuned."""
        return next(self.fit_each(support, keep_all(support.labels)))

    def fit_each(self, support: SupportSet, keep_masks: Tensor) -> Iterator[Classifier]:
        """One classifier for each row of `keep_masks` (m, n), each with a choice of its own."""
        return GatedAdaptation(self.backbone, all_layers, (self.rate,), self.steps).fit_each(
            support, keep_masks
        )


def all_layers(network: Network, pixels: Tensor) -> TrainableSuffix:
    """The whole network, where everything moves."""
    return trainable_suffix(network, pixels, first=lambda _: 0, kinds=(nn.Module,))
