"""The engine: few-shot learning on medical images, without a screen.

The names below are the public face; each is imported when it is first asked for, so that
`import medmeta_core` costs nothing.

>>> import medmeta_core as mm
>>> mm.FewShotClassifier(method="ridge").get_params()["method"]
'ridge'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medmeta_core.analysis import Adaptation as Adaptation
    from medmeta_core.analysis import CaseAnalysis as CaseAnalysis
    from medmeta_core.analysis import analyse as analyse
    from medmeta_core.api.adapted_classifier import AdaptedClassifier as AdaptedClassifier
    from medmeta_core.api.adapted_classifier import adapt as adapt
    from medmeta_core.api.adapted_classifier import load as load
    from medmeta_core.api.images import read_image as read_image
    from medmeta_core.embedding import Backbone as Backbone
    from medmeta_core.embedding import backbone_names as backbone_names
    from medmeta_core.embedding import load_backbone as load_backbone
    from medmeta_core.episodes import SupportSet as SupportSet
    from medmeta_core.errors import MedMetaError as MedMetaError
    from medmeta_core.estimator import FewShotClassifier as FewShotClassifier
    from medmeta_core.explanation import Explanation as Explanation
    from medmeta_core.imaging import MedicalImage as MedicalImage
    from medmeta_core.methods import METHODS as METHODS
    from medmeta_core.reporting import Report as Report
    from medmeta_core.trust import AbstentionRule as AbstentionRule
    from medmeta_core.trust import Prediction as Prediction

_HOMES = {
    "analysis": ("Adaptation", "CaseAnalysis", "analyse"),
    "api.adapted_classifier": ("AdaptedClassifier", "adapt", "load"),
    "api.images": ("read_image",),
    "embedding": ("Backbone", "backbone_names", "load_backbone"),
    "episodes": ("SupportSet",),
    "errors": ("MedMetaError",),
    "estimator": ("FewShotClassifier",),
    "explanation": ("Explanation",),
    "imaging": ("MedicalImage",),
    "methods": ("METHODS",),
    "reporting": ("Report",),
    "trust": ("AbstentionRule", "Prediction"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
