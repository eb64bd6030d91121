"""One paper = one file; every method fits a support set and yields a `Classifier`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medmeta_core.embedding import DEFAULT_BACKBONE, Backbone
from medmeta_core.errors import HyperParameterError
from medmeta_core.methods.anil import Anil
from medmeta_core.methods.baseline_pp import BaselinePlusPlus
from medmeta_core.methods.classifier import Classifier
from medmeta_core.methods.few_shot_method import FewShotMethod
from medmeta_core.methods.film import Film
from medmeta_core.methods.fine_tuning import FineTuning
from medmeta_core.methods.heads import HeadMethod
from medmeta_core.methods.hyper_parameters import hyper_parameters
from medmeta_core.methods.inner_loop import InnerLoop
from medmeta_core.methods.linear_probe import LinearProbe
from medmeta_core.methods.maml import Maml
from medmeta_core.methods.matching import Matching, MatchingInContext
from medmeta_core.methods.on_backbone import OnBackbone
from medmeta_core.methods.prototypical import PrototypeHead, Prototypical, prototypes
from medmeta_core.methods.relation import Relation
from medmeta_core.methods.reptile import Reptile
from medmeta_core.methods.ridge import Ridge
from medmeta_core.methods.shrinkage import ShrinkageCovariance
from medmeta_core.methods.simpleshot import SimpleShot


@dataclass(frozen=True)
class MethodEntry:
    """A method on offer.

    Attributes:
        title: display name.
        kind: the method's class; called with a backbone.
        backbone: the one it was made for.
        max_folds: most refits when examples are left out, by what a refit costs.
    """

    title: str
    kind: type[Any]
    backbone: str = DEFAULT_BACKBONE
    max_folds: int = 200

    @property
    def hyper_parameters(self) -> Mapping[str, float | None]:
        """What can be chosen, by name, with the defaults."""
        return hyper_parameters(self.kind)

    def make(self, backbone: Backbone, **chosen: float | None) -> FewShotMethod:
        """The method on a backbone, with `chosen` hyper-parameters in the place of the defaults.

        Raises:
            HyperParameterError: it has no such hyper-parameter, or a value is out of range.
        """
        known = ", ".join(self.hyper_parameters)
        for name in chosen.keys() - self.hyper_parameters.keys():
            if not known:
                raise HyperParameterError("no-hyper-parameters", method=self.title, name=name)
            raise HyperParameterError(
                "unknown-hyper-parameter", method=self.title, name=name, known=known
            )
        made = self.kind(backbone, **chosen)
        return OnBackbone(made) if isinstance(made, HeadMethod) else made

    def is_kind_of(self, method: FewShotMethod) -> bool:
        """Whether `make` made this method."""
        own = method.head_method if isinstance(method, OnBackbone) else method
        return type(own) is self.kind


METHODS: dict[str, MethodEntry] = {
    "prototypical": MethodEntry("Prototypical (Snell et al. 2017)", Prototypical),
    "ridge": MethodEntry("Ridge regression, R2D2 (Bertinetto et al. 2019)", Ridge),
    "shrinkage": MethodEntry("Simple CNAPS (Bateni et al. 2020)", ShrinkageCovariance),
    "simpleshot": MethodEntry("SimpleShot (Wang et al. 2019)", SimpleShot),
    "matching": MethodEntry("Matching (Vinyals et al. 2016)", Matching),
    "matching-fce": MethodEntry("Matching, full context (Vinyals et al. 2016)", MatchingInContext),
    "relation": MethodEntry("Relation (Sung et al. 2018)", Relation),
    "baseline-plus-plus": MethodEntry("Baseline++ (Chen et al. 2019)", BaselinePlusPlus),
    "linear-probe": MethodEntry("Linear probe (Chen et al. 2019)", LinearProbe),
    "maml": MethodEntry("MAML (Finn et al. 2017)", Maml, "medmeta-conv4-maml", max_folds=5),
    "anil": MethodEntry("ANIL (Raghu et al. 2020)", Anil, "medmeta-conv4-anil"),
    "reptile": MethodEntry(
        "Reptile (Nichol et al. 2018)", Reptile, "medmeta-conv4-reptile", max_folds=5
    ),
    "film": MethodEntry("FiLM, if it helps (Perez et al. 2018)", Film, max_folds=5),
    "fine-tuning": MethodEntry(
        "Fine-tuning, if it helps (Guo et al. 2020)", FineTuning, max_folds=3
    ),
}


__all__ = [
    "METHODS",
    "Classifier",
    "FewShotMethod",
    "HeadMethod",
    "InnerLoop",
    "Maml",
    "MethodEntry",
    "OnBackbone",
    "PrototypeHead",
    "Prototypical",
    "prototypes",
]
