"""The choice of a method by cross-validation on the user's examples."""

from medmeta_core.selection.automatic import Automatic, Fitted
from medmeta_core.selection.catalogue import (
    ALL_METHODS,
    MakesMethod,
    MethodLike,
    default_backbone_of,
    entry_of,
    fit_and_leave_out,
    fit_on,
    method_of,
    method_on,
    most_folds,
    name_of,
    prior_of,
    title_of,
)
from medmeta_core.selection.choice_codec import choice_from_json, choice_to_json
from medmeta_core.selection.model_selection import AUTOMATIC, Candidate, Choice, choose

__all__ = [
    "ALL_METHODS",
    "AUTOMATIC",
    "Automatic",
    "Candidate",
    "Choice",
    "Fitted",
    "MethodLike",
    "MakesMethod",
    "choice_from_json",
    "choice_to_json",
    "choose",
    "fit_and_leave_out",
    "entry_of",
    "fit_on",
    "method_of",
    "method_on",
    "most_folds",
    "name_of",
    "default_backbone_of",
    "prior_of",
    "title_of",
]
