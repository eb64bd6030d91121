"""What a prediction says on the screen, as a verdict keeps it."""

from dataclasses import asdict

from medmeta_core.shown_answer import NAMED, ShownAnswer
from medmeta_core.trust.prediction import AbstentionRule, Prediction


def shown_answer(prediction: Prediction, rule: AbstentionRule | None = None) -> ShownAnswer:
    """What the reader of a prediction sees.

    Args:
        rule: by which it names a condition or not; None where only its words matter.
    """
    thresholds = asdict(rule) if rule else {}
    if prediction.abstention is not None:
        return ShownAnswer(prediction.abstention.value, thresholds=thresholds)
    condition, probability = prediction.ranked[0]
    return ShownAnswer(NAMED, condition, probability, thresholds)
