"""`Automatic`: the method chosen for the given examples, under the contract of a method."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes import EmbeddedSupport, SupportSet
from medmeta_core.methods import METHODS, Classifier, OnBackbone
from medmeta_core.numerics import numerical_failures
from medmeta_core.progress import Progress, silent
from medmeta_core.selection.model_selection import Choice, choose
from medmeta_core.trust.leave_one_out import CrossValidationRun

CANDIDATES = tuple(key for key, entry in METHODS.items() if entry.is_candidate)
"""In closed form and without weights of their own: all together cost a fraction of a second."""


def quick_methods(backbone: Backbone) -> dict[str, OnBackbone]:
    """The methods among which is chosen."""
    methods = {name: METHODS[name].make(backbone) for name in CANDIDATES}
    return {name: method for name, method in methods.items() if isinstance(method, OnBackbone)}


class Fitted(NamedTuple):
    """The classifier on all examples, and its leave-one-out results."""

    classifier: Classifier
    left_out: CrossValidationRun


def choose_quickly(
    backbone: Backbone, support: SupportSet | EmbeddedSupport, *, progress: Progress = silent
) -> tuple[Choice, Fitted]:
    """The quick method for these examples; each example is embedded once for all methods."""
    embedded = support.embedded_by(backbone)
    methods = quick_methods(backbone)
    choice, left_out = choose(methods, embedded, progress=progress)
    with numerical_failures():
        return choice, Fitted(methods[choice.method].fit(embedded), left_out)


@dataclass(frozen=True)
class Automatic:
    """The fast method that leave-one-out on the examples supports."""

    needs_pixels: ClassVar[bool] = False

    backbone: Backbone

    @property
    def settings(self) -> Mapping[str, float]:
        """None of its own."""
        return {}

    def fit(self, support: SupportSet | EmbeddedSupport) -> Classifier:
        """A classifier by the method chosen for these examples."""
        return choose_quickly(self.backbone, support)[1].classifier

    def fit_each(self, support: SupportSet, keep_masks: Tensor) -> Iterator[Classifier]:
        """One classifier per row of `keep_masks` (m, n), all by the method chosen on all examples.

        To choose again without each example would cost a leave-one-out for each of them.
        """
        chosen = choose_quickly(self.backbone, support)[0].method
        return METHODS[chosen].make(self.backbone).fit_each(support, keep_masks)
