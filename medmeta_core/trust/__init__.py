"""How far an answer can be trusted: left-out examples, intervals, sets, "none of these"."""

from medmeta_core.explanation import SimilarCase
from medmeta_core.trust.abstention import abstain, doubts, under_rule
from medmeta_core.trust.calibration import TemperaturePrior, fit_temperature, temperature_prior
from medmeta_core.trust.codec import (
    cross_validation_from_json,
    cross_validation_to_json,
    figures_to_json,
    prediction_from_json,
    prediction_to_json,
)
from medmeta_core.trust.conformal import COVERAGE, n_needed, p_values
from medmeta_core.trust.cross_validation import (
    MIN_EVALUATED,
    NOT_EVALUATED,
    CrossValidation,
    Recall,
)
from medmeta_core.trust.displayed_answer import shown_answer
from medmeta_core.trust.intervals import Spread, bounds, jackknife, wilson_interval
from medmeta_core.trust.leave_one_out import CrossValidationRun, figures, leave_one_out
from medmeta_core.trust.prediction import Abstention, AbstentionRule, Doubt, Prediction
from medmeta_core.trust.selective import complete, share_right
from medmeta_core.trust.typicality import Typicality

__all__ = [
    "COVERAGE",
    "MIN_EVALUATED",
    "NOT_EVALUATED",
    "Abstention",
    "AbstentionRule",
    "CrossValidation",
    "Doubt",
    "CrossValidationRun",
    "Prediction",
    "Recall",
    "SimilarCase",
    "Spread",
    "TemperaturePrior",
    "Typicality",
    "abstain",
    "bounds",
    "complete",
    "cross_validation_from_json",
    "cross_validation_to_json",
    "doubts",
    "figures",
    "figures_to_json",
    "fit_temperature",
    "jackknife",
    "leave_one_out",
    "n_needed",
    "p_values",
    "prediction_from_json",
    "prediction_to_json",
    "share_right",
    "temperature_prior",
    "shown_answer",
    "under_rule",
    "wilson_interval",
]
