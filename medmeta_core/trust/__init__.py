"""How far an answer can be trusted: left-out examples, intervals, sets, "none of these"."""

from medmeta_core.explanation import SimilarCase
from medmeta_core.selection.automatic import Automatic, Fitted
from medmeta_core.selection.catalogue import (
    fit_and_leave_out,
    method_on,
    most_folds,
    own_backbone,
    prior_of,
)
from medmeta_core.selection.model_selection import AUTOMATIC, Candidate, Choice, choose
from medmeta_core.trust.abstention import abstain, doubts, under_rule
from medmeta_core.trust.calibration import fit_temperature
from medmeta_core.trust.codec import (
    choice_from_json,
    choice_to_json,
    cross_validation_from_json,
    cross_validation_to_json,
    figures_to_json,
    prediction_from_json,
    prediction_to_json,
)
from medmeta_core.trust.conformal import COVERAGE, n_needed, p_values
from medmeta_core.trust.cross_validation import FEWEST_JUDGED, NOT_JUDGED, CrossValidation, Recall
from medmeta_core.trust.jackknife import Spread, bounds, jackknife
from medmeta_core.trust.leave_one_out import CrossValidationRun, figures, leave_one_out
from medmeta_core.trust.prediction import Abstention, AbstentionRule, Doubt, Prediction
from medmeta_core.trust.selective import complete, share_right
from medmeta_core.trust.shown import shown_answer
from medmeta_core.trust.temperature_prior import TemperaturePrior, temperature_prior
from medmeta_core.trust.typicality import Typicality
from medmeta_core.trust.wilson import wilson_interval

__all__ = [
    "AUTOMATIC",
    "COVERAGE",
    "FEWEST_JUDGED",
    "NOT_JUDGED",
    "Abstention",
    "AbstentionRule",
    "Automatic",
    "Candidate",
    "Choice",
    "CrossValidation",
    "Doubt",
    "Fitted",
    "CrossValidationRun",
    "Prediction",
    "Recall",
    "SimilarCase",
    "Spread",
    "TemperaturePrior",
    "Typicality",
    "abstain",
    "bounds",
    "choice_from_json",
    "choice_to_json",
    "choose",
    "complete",
    "cross_validation_from_json",
    "cross_validation_to_json",
    "doubts",
    "figures",
    "figures_to_json",
    "fit_and_leave_out",
    "fit_temperature",
    "jackknife",
    "leave_one_out",
    "method_on",
    "most_folds",
    "n_needed",
    "own_backbone",
    "p_values",
    "prediction_from_json",
    "prediction_to_json",
    "prior_of",
    "share_right",
    "temperature_prior",
    "shown_answer",
    "under_rule",
    "wilson_interval",
]
