"""MAML: a few gradient steps on the examples, from weights learned to be a good start.

Finn, Abbeel, Levine: Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks.
ICML 2017, arXiv:1703.03400. Score: the output of the adapted linear head.

The rates of the layers and steps are learned with the start (MAML++, Antoniou et al. 2019,
arXiv:1810.09502). Second derivatives are the outer loop's matter; here nobody differentiates
through the inner loop.
"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field

from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes import SupportSet
from medmeta_core.methods.adapted import adapted_classifier
from medmeta_core.methods.classifier import Classifier
from medmeta_core.methods.hyper_parameters import check_hyper_parameters, hyper_parameter
from medmeta_core.methods.inner_loop import (
    InnerLoop,
    examples_of,
    inner_loop_of,
    meta_trained_otherwise,
    starting_parameters,
)


@dataclass(frozen=True)
class Maml:
    """The inner loop of MAML from a backbone's weights; all layers move.

    Attributes:
        inner_steps: None takes the number that the weights were learned with.
        inner_rate: of all layers and steps; None takes what was learned with the weights.
    """

    backbone: Backbone
    _: KW_ONLY
    inner_steps: int | None = hyper_parameter(None, "count")
    inner_rate: float | None = hyper_parameter(None, "positive")
    inner_loop: InnerLoop = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_hyper_parameters(self)
        loop = inner_loop_of(self.backbone.card, steps=self.inner_steps, rate=self.inner_rate)
        object.__setattr__(self, "inner_loop", loop)

    @property
    def settings(self) -> Mapping[str, float]:
        """Rate and number of the inner steps; the mean rate where each was learned.

        Those of meta-training too, where others are given.
        """
        loop = self.inner_loop
        otherwise = meta_trained_otherwise(self.backbone.card, loop)
        return {"inner_rate": float(loop.rate), "inner_steps": loop.steps, **otherwise}

    def fit(self, support: SupportSet) -> Classifier:
        """A classifier after the inner loop; the backbone's weights stay as they are."""
        network = self.backbone.network
        start = starting_parameters(self.backbone, len(support.conditions))
        adapted = self.inner_loop.adapt(network, start, examples_of(support, network))
        return adapted_classifier(support.conditions, network, adapted)

    def fit_each(self, support: SupportSet, keep_masks: Tensor) -> Iterator[Classifier]:
        """One inner loop for each row of `keep_masks` (m, n)."""
        for row in keep_masks:
            yield self.fit(support.subset(row))
