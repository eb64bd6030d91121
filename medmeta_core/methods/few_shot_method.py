"""`FewShotMethod`: the contract under which every method of the field is served."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes import SupportSet
from medmeta_core.methods.classifier import Classifier


def needs_pixels(method: object) -> bool:
    """Whether a method, or a class of methods, looks at the pixels of the examples.

    Else their embeddings (`EmbeddedSupport`) are enough: so it is for all that fit heads, and for
    the few-shot methods that say so by a `needs_pixels` of False.
    """
    return not hasattr(method, "heads") and bool(getattr(method, "needs_pixels", True))


class FewShotMethod(Protocol):
    """Fits classifiers to support sets; changes nothing else.

    Contract (tested for every method in `METHODS`):
        - the probabilities of an image sum to 1;
        - the same image asked twice gives the same answer, and is classified alone;
        - the order of the examples does not matter;
        - one example per condition works; conditions of unequal size work;
        - scores are differentiable with respect to the pixels.
    """

    @property
    def backbone(self) -> Backbone:
        """The one that it embeds with."""

    @property
    def settings(self) -> Mapping[str, float]:
        """The hyper-parameters, for the report."""

    def fit(self, support: SupportSet) -> Classifier:
        """A classifier for the conditions of `support`."""

    def fit_each(self, support: SupportSet, keep_masks: Tensor) -> Iterator[Classifier]:
        """One classifier for each row of the mask `keep_masks` (m, n) of examples.

        Every row keeps an example of every condition.
        """
