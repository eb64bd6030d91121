"""`Automatic`: the method chosen for the examples at hand, under the contract of a method."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.embedding.embedded import embedded_backbone, places
from medmeta_core.episodes import SupportSet
from medmeta_core.methods import METHODS, Classifier, FewShotMethod
from medmeta_core.numerics import numerical_failures
from medmeta_core.progress import Progress, silent
from medmeta_core.selection.model_selection import Choice, choose
from medmeta_core.trust.leave_one_out import CrossValidationRun

CANDIDATES = ("prototypical", "simpleshot", "matching", "ridge", "shrinkage")
"""In closed form and without weights of their own: all together cost a fraction of a second."""


def quick_methods(backbone: Backbone) -> dict[str, FewShotMethod]:
    """The methods among which is chosen."""
    return {name: METHODS[name].make(backbone) for name in CANDIDATES if name in METHODS}


class Fitted(NamedTuple):
    """The classifier on all examples, and what leaving them out told of it."""

    classifier: Classifier
    left_out: CrossValidationRun


def choose_quickly(
    backbone: Backbone, support: SupportSet, *, progress: Progress = silent
) -> tuple[Choice, Fitted]:
    """The quick method for these examples; each example is embedded once for all methods."""
    known = embedded_backbone(backbone, backbone.embed(support.pixels))
    placed, methods = replace(support, pixels=places(len(support))), quick_methods(known)
    choice, left_out = choose(methods, placed, progress=progress)
    with numerical_failures():
        classifier = methods[choice.method].fit(placed)
    refits = tuple(replace(refit, embed=backbone.embed) for refit in left_out.refits)
    left_out = replace(left_out, refits=refits)
    return choice, Fitted(replace(classifier, embed=backbone.embed), left_out)


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
        return choose_quickly(self.backbone, support)[1].classifier

    def fit_each(self, support: SupportSet, kept: Tensor) -> Iterator[Classifier]:
        """One classifier for each row of `kept` (m, n), all by the method chosen for all examples.

        To choose anew without each example would cost a leave-one-out for each of them.
        """
        chosen = choose_quickly(self.backbone, support)[0].method
        return METHODS[chosen].make(self.backbone).fit_each(support, kept)
