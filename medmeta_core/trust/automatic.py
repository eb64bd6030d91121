"""`Automatic`: the method chosen for the examples at hand, under the contract of a method."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes import SupportSet
from medmeta_core.methods import METHODS, Classifier, FewShotMethod
from medmeta_core.trust.choosing import choose

CANDIDATES = ("prototypical", "simpleshot", "matching", "ridge", "shrinkage")
"""In closed form and without weights of their own: all together cost a fraction of a second."""


def quick_methods(backbone: Backbone) -> dict[str, FewShotMethod]:
    """The methods among which is chosen."""
    return {name: METHODS[name].make(backbone) for name in CANDIDATES if name in METHODS}


@dataclass(frozen=True)
class Automatic:
    """The quick method that leave-one-out on the examples speaks for."""

    backbone: Backbone

    @property
    def settings(self) -> Mapping[str, float]:
        """None of its own."""
        return {}

    def fit(self, support: SupportSet) -> Classifier:
        """A classifier by the method chosen for these examples."""
        return self._chosen(support).fit(support)

    def fit_each(self, support: SupportSet, kept: Tensor) -> Iterator[Classifier]:
        """One classifier for each row of `kept` (m, n), all by the method chosen for all examples.

        To choose anew without each example would cost a leave-one-out for each of them.
        """
        return self._chosen(support).fit_each(support, kept)

    def _chosen(self, support: SupportSet) -> FewShotMethod:
        methods = quick_methods(self.backbone)
        choice, _ = choose(methods, support)
        return methods[choice.method]
