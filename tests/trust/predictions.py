"""A prediction over made-up conditions, whose fields a test sets as it needs."""

from collections.abc import Sequence
from typing import Any

from medmeta_core.explanation import SimilarCase
from medmeta_core.trust import Prediction

CONDITIONS = ("flu", "cold", "cough", "croup", "asthma")


def prediction(probabilities: Sequence[float], **fields: Any) -> Prediction:
    """The prediction of these probabilities, else sure of itself."""
    conditions = CONDITIONS[: len(probabilities)]
    defaults: dict[str, Any] = {
        "intervals": tuple((p, p) for p in probabilities),
        "conformal_set": None,
        "coverage": 0.9,
        "typicality": 0.5,
        "abstention": None,
        "similar_cases": (SimilarCase(2, "flu", 0.8),),
    }
    return Prediction(conditions, tuple(probabilities), **(defaults | fields))
