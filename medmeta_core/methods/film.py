"""FiLM: scales and shifts of the embedding's last layers are adapted, where that helps.

Perez et al.: FiLM, AAAI 2018, arXiv:1709.07871; for few examples: TADAM (Oreshkin et al. 2018,
arXiv:1805.10123) and CNAPs (Requeima et al. 2019, arXiv:1906.07697). Score: ridge regression on
the adapted embedding.

Texts of the field that speak of an inner network, adapted to the task, and an outer one, kept,
describe this and ANIL. Here the scales and shifts are those of the normalisations in the last
stage, moved by gradient steps instead of being predicted; batch statistics stay as trained.
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
from medmeta_core.methods.trainable_suffix import TrainableSuffix, last_with, trainable_suffix

NORMALISATIONS = (nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm)


@dataclass(frozen=True)
class Film:
    """Ridge regression; from five examples each on, after adapting scales if it helps.

    A step of 20 examples on the shipped backbone takes 0.12 s of one core: up to 13 s to choose.

    Attributes:
        steps: of one adaptation.
        rate: by what share of its length a scale moves in a step; a tenth of it is tried as well.
    """

    backbone: Backbone
    _: KW_ONLY
    steps: int = hyper_parameter(10, "count")
    rate: float = hyper_parameter(1e-2, "positive")

    def __post_init__(self) -> None:
        check_hyper_parameters(self)

    @property
    def settings(self) -> Mapping[str, float]:
        """Number and rate of the steps where adapted."""
        return hyper_parameters_of(self)

    def fit(self, support: SupportSet) -> Classifier:
        """A classifier that tells in `settings` whether the embedding was adapted."""
        return next(self.fit_each(support, keep_all(support.labels)))

    def fit_each(self, support: SupportSet, keep_masks: Tensor) -> Iterator[Classifier]:
        """One classifier for each row of `keep_masks` (m, n), each with a choice of its own."""
        rates = self.rate / 10, self.rate
        return GatedAdaptation(self.backbone, last_scales, rates, self.steps).fit_each(
            support, keep_masks
        )


def last_scales(network: Network, pixels: Tensor) -> TrainableSuffix:
    """The last stage that normalises, where scales and shifts move."""
    return trainable_suffix(
        network, pixels, first=lambda one: last_with(one, NORMALISATIONS), kinds=NORMALISATIONS
    )
