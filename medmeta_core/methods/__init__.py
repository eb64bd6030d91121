"""One paper = one file; every method fits a support set and yields a `Classifier`."""

from collections.abc import Callable
from dataclasses import dataclass

from medmeta_core.embedding import DEFAULT_BACKBONE, Backbone
from medmeta_core.errors import MedMetaError
from medmeta_core.methods.classifier import Classifier
from medmeta_core.methods.few_shot_method import FewShotMethod
from medmeta_core.methods.inner_loop import InnerLoop
from medmeta_core.methods.maml import Maml
from medmeta_core.methods.prototypical import PrototypeHead, Prototypical, prototypes


@dataclass(frozen=True)
class MethodEntry:
    """A method on offer.

    Attributes:
        title: display name.
        make: the method on a backbone.
        backbone: the one it was made for.
        max_folds: most refits when examples are left out, by what a refit costs.
    """

    title: str
    make: Callable[[Backbone], FewShotMethod]
    backbone: str = DEFAULT_BACKBONE
    max_folds: int = 200


METHODS: dict[str, MethodEntry] = {
    "prototypical": MethodEntry("Prototypical (Snell et al. 2017)", Prototypical),
    "maml": MethodEntry("MAML (Finn et al. 2017)", Maml, "medmeta-conv4-maml", max_folds=5),
}


def method_entry(name: str) -> MethodEntry:
    """The method of this name.

    Raises:
        MedMetaError: there is none.
    """
    if name not in METHODS:
        raise MedMetaError(
            f"No method is called {name!r}; there are: {', '.join(METHODS)}.", rule="unknown-method"
        )
    return METHODS[name]


__all__ = [
    "METHODS",
    "Classifier",
    "FewShotMethod",
    "InnerLoop",
    "Maml",
    "MethodEntry",
    "PrototypeHead",
    "Prototypical",
    "method_entry",
    "prototypes",
]
