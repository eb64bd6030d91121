"""MAML: a few gradient steps on the examples, from weights learned to be a good start.

Finn, Abbeel, Levine: Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks.
ICML 2017, arXiv:1703.03400. Score: the output of the adapted linear head.

The rates of the layers and steps are learned with the start (MAML++, Antoniou et al. 2019,
arXiv:1810.09502). Second derivatives are the outer loop's matter; here nobody differentiates
through the inner loop.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes import SupportSet
from medmeta_core.methods.adapted import adapted_classifier
from medmeta_core.methods.classifier import Classifier
from medmeta_core.methods.inner_loop import (
    UNLEARNED_RATE,
    UNLEARNED_STEPS,
    InnerLoop,
    examples_of,
    starting_parameters,
)


@dataclass(frozen=True)
class Maml:
    """The inner loop of MAML from a backbone's weights; all layers move."""

    backbone: Backbone

    @property
    def inner_loop(self) -> InnerLoop:
        """The inner loop that the backbone's card states."""
        card = self.backbone.card
        return InnerLoop(
            rate=card.maml.get("rate", UNLEARNED_RATE),
            steps=int(card.maml.get("steps", UNLEARNED_STEPS)),
            first_order=True,
            rates=card.inner_rates,
        )

    @property
    def settings(self) -> Mapping[str, float]:
        """Rate and number of the inner steps."""
        card = self.backbone.card
        return {
            "inner_rate": card.maml.get("rate", UNLEARNED_RATE),
            "inner_steps": int(card.maml.get("steps", UNLEARNED_STEPS)),
        }

    def fit(self, support: SupportSet) -> Classifier:
        """A classifier after the inner loop; the backbone's weights stay as they are."""
        network = self.backbone.network
        start = starting_parameters(self.backbone, len(support.conditions))
        adapted = self.inner_loop.adapt(network, start, examples_of(support, network))
        return adapted_classifier(support.conditions, network, adapted)

    def fit_each(self, support: SupportSet, kept: Tensor) -> Iterator[Classifier]:
        """One inner loop for each row of `kept` (m, n)."""
        for row in kept:
            yield self.fit(support.subset(row))
