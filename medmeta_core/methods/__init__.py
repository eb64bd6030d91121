"""One paper = one file; every method fits a support set and yields a `Classifier`."""

from medmeta_core.methods.catalogue import FAMILIES, METHODS, Family, MethodEntry, members
from medmeta_core.methods.classifier import Classifier
from medmeta_core.methods.few_shot_method import FewShotMethod, needs_pixels
from medmeta_core.methods.heads import HeadMethod
from medmeta_core.methods.inner_loop import InnerLoop
from medmeta_core.methods.maml import Maml
from medmeta_core.methods.on_backbone import OnBackbone
from medmeta_core.methods.prototypical import PrototypeHead, Prototypical, prototypes

__all__ = [
    "FAMILIES",
    "METHODS",
    "Classifier",
    "Family",
    "FewShotMethod",
    "HeadMethod",
    "InnerLoop",
    "Maml",
    "MethodEntry",
    "OnBackbone",
    "PrototypeHead",
    "Prototypical",
    "members",
    "needs_pixels",
    "prototypes",
]
