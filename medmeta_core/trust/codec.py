"""Predictions and cross-validations as plain JSON and back."""

from dataclasses import asdict
from typing import Any

import numpy as np

from medmeta_core.explanation import SimilarCase
from medmeta_core.trust.cross_validation import CrossValidation
from medmeta_core.trust.intervals import Spread
from medmeta_core.trust.prediction import Abstention, Prediction


def prediction_to_json(prediction: Prediction) -> dict[str, Any]:
    """A prediction as JSON values; `prediction_from_json` gives it back equal."""
    content = asdict(prediction) | {"calibrated": prediction.is_calibrated}
    content["n_judged"] = content.pop("n_evaluated")  # the name in files since version 1
    return content


def prediction_from_json(content: dict[str, Any]) -> Prediction:
    """The prediction that `prediction_to_json` was given; older records lack what came later."""
    conformal_set, values = content["conformal_set"], content.get("p_values")
    abstention, spread = content["abstention"], content.get("spread")
    return Prediction(
        conditions=tuple(content["conditions"]),
        probabilities=tuple(content["probabilities"]),
        intervals=tuple((low, high) for low, high in content["intervals"]),
        conformal_set=None if conformal_set is None else tuple(conformal_set),
        coverage=content["coverage"],
        typicality=_typicality(content),
        abstention=None if abstention is None else Abstention(abstention),
        similar_cases=tuple(SimilarCase(**case) for case in content["similar_cases"]),
        share_right=content.get("share_right"),
        bound_level=content.get("bound_level", Prediction.bound_level),
        spread=None if spread is None else Spread(tuple(spread["errors"]), spread["degrees"]),
        p_values=None if values is None else tuple(values),
        n_evaluated=content.get("n_judged"),
    )


def _typicality(content: dict[str, Any]) -> float | None:
    """Older records say 1 where it could not be classified."""
    typicality: float | None = content["typicality"]
    return None if typicality == 1 and "share_right" not in content else typicality


def cross_validation_to_json(figures: CrossValidation) -> dict[str, Any]:
    """A cross-validation as JSON values; rows that were not classified are null."""
    rows = zip(figures.probabilities.tolist(), figures.is_evaluated, strict=True)
    return {
        "conditions": list(figures.conditions),
        "labels": figures.labels.tolist(),
        "probabilities": [row if is_evaluated else None for row, is_evaluated in rows],
        "n_folds": figures.n_folds,
        "by_patient": figures.by_patient,
        "n_groups": figures.n_groups,
        "n_with_patient": figures.n_with_patient,
    }


def figures_to_json(figures: CrossValidation) -> dict[str, Any]:
    """Counts and shares of a cross-validation; shares are null where too few were evaluated."""
    has_share = figures.has_share
    return {
        "n_examples": len(figures.labels),
        "n_judged": figures.n_evaluated,
        "n_correct": figures.n_correct,
        "accuracy": figures.accuracy if has_share else None,
        "accuracy_interval": list(figures.accuracy_interval) if has_share else None,
        "balanced_accuracy": figures.balanced_accuracy if has_share else None,
    }


def cross_validation_from_json(content: dict[str, Any]) -> CrossValidation:
    """The cross-validation that `cross_validation_to_json` was given."""
    unknown = [float("nan")] * len(content["conditions"])
    rows = [unknown if row is None else row for row in content["probabilities"]]
    return CrossValidation(
        conditions=tuple(content["conditions"]),
        labels=np.asarray(content["labels"], np.int64),
        probabilities=np.asarray(rows, np.float64).reshape(-1, len(unknown)),
        n_folds=content["n_folds"],
        by_patient=content["by_patient"],
        n_groups=content.get("n_groups"),
        n_with_patient=content.get("n_with_patient"),
    )
