"""The methods as a visitor meets them: in four kinds, each with what it costs and needs."""

from medmeta_core.embedding import backbone_names
from medmeta_core.embedding.files.locations import card_path
from medmeta_core.embedding.files.method_weights import part_path
from medmeta_core.methods import METHODS
from medmeta_core.methods.matching import FULL_CONTEXT
from medmeta_core.methods.relation import RELATION

FAMILIES = {
    "compare": ("prototypical", "simpleshot", "matching", "matching-fce", "relation", "shrinkage"),
    "line": ("ridge", "linear-probe", "baseline-plus-plus"),
    "steps": ("maml", "anil", "reptile"),
    "retrain": ("film", "fine-tuning"),
}
"""Kinds of methods and, the one to try first in front, what belongs to each."""

PART_NEEDED = {"matching-fce": FULL_CONTEXT, "relation": RELATION}
"""Methods that need weights of their own, learned on a backbone, and what these are called."""

QUICK_FOLDS, SOME_FOLDS = 100, 5
"""The most refits that a method allows tell what one costs."""


def offered(kind: str) -> tuple[str, ...]:
    """The methods of a kind that can be used with some backbone at hand."""
    return tuple(name for name in members(kind) if suited_backbones(name))


def members(kind: str) -> tuple[str, ...]:
    """The methods of a kind."""
    return tuple(name for name in FAMILIES[kind] if name in METHODS)


def suited_backbones(method: str) -> tuple[str, ...]:
    """The backbones at hand that a method can work with."""
    if method not in PART_NEEDED:
        return backbone_names()
    part = PART_NEEDED[method]
    return tuple(name for name in backbone_names() if part_path(card_path(name), part).is_file())


def own_backbone(method: str) -> str:
    """The backbone that a method was made for, or another that suits where it is not there."""
    suited = suited_backbones(method)
    return METHODS[method].backbone if METHODS[method].backbone in suited else suited[0]


def cost(method: str) -> str:
    """How long adapting takes: "quick", "seconds" or "long"."""
    folds = METHODS[method].max_folds
    if folds >= QUICK_FOLDS:
        return "quick"
    return "seconds" if folds >= SOME_FOLDS else "long"
