"""The catalogue: one record of each method, from which everybody takes what is known of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from medmeta_core.embedding import DEFAULT_BACKBONE, Backbone
from medmeta_core.errors import HyperParameterError
from medmeta_core.method_texts import method_texts
from medmeta_core.methods.anil import Anil
from medmeta_core.methods.baseline_pp import BaselinePlusPlus
from medmeta_core.methods.few_shot_method import FewShotMethod, needs_pixels
from medmeta_core.methods.film import Film
from medmeta_core.methods.fine_tuning import FineTuning
from medmeta_core.methods.heads import HeadMethod
from medmeta_core.methods.hyper_parameters import hyper_parameters
from medmeta_core.methods.linear_probe import LinearProbe
from medmeta_core.methods.maml import Maml
from medmeta_core.methods.matching import FULL_CONTEXT, Matching, MatchingInContext
from medmeta_core.methods.on_backbone import OnBackbone
from medmeta_core.methods.papers import Paper, cited
from medmeta_core.methods.prototypical import Prototypical
from medmeta_core.methods.relation import RELATION, Relation
from medmeta_core.methods.reptile import Reptile
from medmeta_core.methods.ridge import Ridge
from medmeta_core.methods.shrinkage import ShrinkageCovariance
from medmeta_core.methods.simpleshot import SimpleShot

Family = Literal["automatic", "compare", "line", "steps", "retrain"]
Cost = Literal["quick", "seconds", "long"]

QUICK_FOLDS, SOME_FOLDS = 100, 5
"""The most refits that a method allows tell what one costs."""


@dataclass(frozen=True)
class MethodEntry:
    """The record of a method. Its texts stand in `medmeta_core.method_texts` under its key.

    Attributes:
        key: what pages, command line and stored adaptations call it.
        kind: its class; called with a backbone and hyper-parameters.
        papers: its source first.
        family: under which of the kinds of methods a visitor finds it.
        backbone: the one it was made for.
        max_folds: most refits when examples are left out, by what a refit costs.
        part: name of the weights of its own that it needs on a backbone; "" where it needs none.
        is_candidate: whether "automatic" may choose it: in closed form, without such weights.
    """

    key: str
    kind: type[Any]
    papers: tuple[Paper, ...]
    family: Family
    backbone: str = DEFAULT_BACKBONE
    max_folds: int = 200
    part: str = ""
    is_candidate: bool = False

    @property
    def title(self) -> str:
        """The English display name."""
        return method_texts("en").get(self.key, {}).get("title", self.kind.__name__)

    @property
    def cost(self) -> Cost:
        """How long adapting takes."""
        if self.max_folds >= QUICK_FOLDS:
            return "quick"
        return "seconds" if self.max_folds >= SOME_FOLDS else "long"

    @property
    def needs_pixels(self) -> bool:
        """Whether it looks at the pixels of the examples; else their embeddings are enough."""
        return needs_pixels(self.kind)

    @property
    def hyper_parameters(self) -> Mapping[str, float | None]:
        """What can be chosen, by name, with the defaults."""
        return hyper_parameters(self.kind)

    def cited(self, language: str = "en") -> str:
        """Its papers in a row."""
        return cited(self.papers, language)

    def make(self, backbone: Backbone, **chosen: float | None) -> FewShotMethod:
        """The method on a backbone, with `chosen` hyper-parameters in the place of the defaults.

        Raises:
            HyperParameterError: it has no such hyper-parameter, or a value is out of range.
        """
        names = ", ".join(self.hyper_parameters)
        for name in chosen.keys() - self.hyper_parameters.keys():
            if not names:
                raise HyperParameterError("no-hyper-parameters", method=self.title, name=name)
            raise HyperParameterError(
                "unknown-hyper-parameter", method=self.title, name=name, known=names
            )
        method = self.kind(backbone, **chosen)
        return OnBackbone(method) if isinstance(method, HeadMethod) else method

    def is_kind_of(self, method: FewShotMethod) -> bool:
        """Whether `make` made this method."""
        unwrapped = method.head_method if isinstance(method, OnBackbone) else method
        return type(unwrapped) is self.kind


def _by_key(entries: Iterable[MethodEntry]) -> dict[str, MethodEntry]:
    return {entry.key: entry for entry in entries}


CHEN = Paper(("Chen", "Liu", "Kira", "Wang", "Huang"), 2019, "arXiv:1904.04232")
VINYALS = Paper(
    ("Vinyals", "Blundell", "Lillicrap", "Kavukcuoglu", "Wierstra"), 2016, "arXiv:1606.04080"
)
TIAN = Paper(("Tian", "Wang", "Krishnan", "Tenenbaum", "Isola"), 2020, "arXiv:2003.11539")

METHODS: dict[str, MethodEntry] = _by_key(
    (
        MethodEntry(
            "prototypical",
            Prototypical,
            (Paper(("Snell", "Swersky", "Zemel"), 2017, "arXiv:1703.05175"),),
            "compare",
            is_candidate=True,
        ),
        MethodEntry(
            "simpleshot",
            SimpleShot,
            (Paper(("Wang", "Chao", "Weinberger", "van der Maaten"), 2019, "arXiv:1911.04623"),),
            "compare",
            is_candidate=True,
        ),
        MethodEntry("matching", Matching, (VINYALS,), "compare", is_candidate=True),
        MethodEntry("matching-fce", MatchingInContext, (VINYALS,), "compare", part=FULL_CONTEXT),
        MethodEntry(
            "relation",
            Relation,
            (
                Paper(
                    ("Sung", "Yang", "Zhang", "Xiang", "Torr", "Hospedales"),
                    2018,
                    "arXiv:1711.06025",
                ),
            ),
            "compare",
            part=RELATION,
        ),
        MethodEntry(
            "shrinkage",
            ShrinkageCovariance,
            (Paper(("Bateni", "Goyal", "Masrani", "Wood", "Sigal"), 2020, "arXiv:1912.03432"),),
            "compare",
            is_candidate=True,
        ),
        MethodEntry(
            "ridge",
            Ridge,
            (Paper(("Bertinetto", "Henriques", "Torr", "Vedaldi"), 2019, "arXiv:1805.08136"),),
            "line",
            is_candidate=True,
        ),
        MethodEntry("linear-probe", LinearProbe, (CHEN, TIAN), "line"),
        MethodEntry("baseline-plus-plus", BaselinePlusPlus, (CHEN,), "line"),
        MethodEntry(
            "maml",
            Maml,
            (
                Paper(("Finn", "Abbeel", "Levine"), 2017, "arXiv:1703.03400"),
                Paper(("Antoniou", "Edwards", "Storkey"), 2019, "arXiv:1810.09502"),
            ),
            "steps",
            backbone="medmeta-conv4-maml",
            max_folds=5,
        ),
        MethodEntry(
            "anil",
            Anil,
            (Paper(("Raghu", "Raghu", "Bengio", "Vinyals"), 2020, "arXiv:1909.09157"),),
            "steps",
            backbone="medmeta-conv4-anil",
        ),
        MethodEntry(
            "reptile",
            Reptile,
            (Paper(("Nichol", "Achiam", "Schulman"), 2018, "arXiv:1803.02999"),),
            "steps",
            backbone="medmeta-conv4-reptile",
            max_folds=5,
        ),
        MethodEntry(
            "film",
            Film,
            (
                Paper(
                    ("Perez", "Strub", "de Vries", "Dumoulin", "Courville"),
                    2018,
                    "arXiv:1709.07871",
                ),
                Paper(
                    ("Requeima", "Gordon", "Bronskill", "Nowozin", "Turner"),
                    2019,
                    "arXiv:1906.07697",
                ),
            ),
            "retrain",
            max_folds=5,
        ),
        MethodEntry(
            "fine-tuning",
            FineTuning,
            (
                Paper(
                    (
                        "Guo",
                        "Codella",
                        "Karlinsky",
                        "Codella",
                        "Smith",
                        "Saenko",
                        "Rosing",
                        "Feris",
                    ),
                    2020,
                    "arXiv:1912.07200",
                ),
            ),
            "retrain",
            max_folds=3,
        ),
    )
)
"""Every method by its key; within a family the one to try first in front."""


def members(family: str) -> tuple[str, ...]:
    """The keys of the methods of a family.

    >>> members("steps")
    ('maml', 'anil', 'reptile')
    """
    return tuple(key for key, entry in METHODS.items() if entry.family == family)


FAMILIES: tuple[Family, ...] = tuple(dict.fromkeys(entry.family for entry in METHODS.values()))
"""The kinds of methods, in the order of the catalogue."""
