"""When no condition is named."""

from dataclasses import replace
from math import inf, log

from medmeta_core.trust.conformal import set_at
from medmeta_core.trust.cross_validation import MIN_EVALUATED
from medmeta_core.trust.intervals import bounds
from medmeta_core.trust.prediction import Abstention, AbstentionRule, Doubt, Prediction


def under_rule(prediction: Prediction, rule: AbstentionRule) -> Prediction:
    """The same prediction under other thresholds; nothing is computed again.

    Set and intervals are formed at the level that the rule promises, so that all speak of one.
    """
    level, formed = rule.min_right, prediction
    if prediction.spread is not None:
        intervals = bounds(prediction.probabilities, prediction.spread, level)
        formed = replace(formed, intervals=intervals, bound_level=level)
    if prediction.p_values is not None:
        formed = replace(formed, conformal_set=_set(formed, level), coverage=level)
    return replace(formed, abstention=abstain(formed, rule))


def _set(prediction: Prediction, level: float) -> tuple[str, ...] | None:
    """The set at a level, with the conditions that the intervals leave open: a larger set covers
    no less, and set and intervals do not contradict each other.
    """
    fitting = set_at(level, prediction)
    if fitting is None:
        return None
    names = {*fitting, *rivals(prediction)}
    return tuple(name for name in prediction.conditions if name in names)


def abstain(prediction: Prediction, rule: AbstentionRule) -> Abstention | None:
    """Why no condition is named for a prediction whose set stands at the rule's level."""
    typicality = prediction.typicality
    if typicality is not None and typicality < rule.min_typicality:
        return Abstention.NONE_OF_THESE
    if not prediction.is_calibrated:
        return Abstention.NOT_CALIBRATED
    return Abstention.NOT_SURE if doubts(prediction, rule) else None


def doubts(prediction: Prediction, rule: AbstentionRule) -> tuple[Doubt, ...]:
    """What speaks against naming the first condition, so that headline, set and interval agree.

    A condition is named where such answers keep the promise, the set holds it alone (from too few
    examples none is formed, so that a higher promise names no more), and its lower bound does not
    reach down to where another condition would come first. A share that rests on fewer than
    MIN_EVALUATED is not told.
    """
    share_right = prediction.share_right
    is_from_few = prediction.n_evaluated is not None and prediction.n_evaluated < MIN_EVALUATED
    conditions_of_doubt = {
        Doubt.SHARE_RIGHT: not is_from_few and (share_right or 0) < rule.min_right,
        Doubt.TOO_FEW: prediction.p_values is not None and prediction.conformal_set is None,
        Doubt.INTERVAL: bool(rivals(prediction)),
        Doubt.SET: prediction.conformal_set not in (None, (prediction.first,)),
    }
    return tuple(doubt for doubt, is_there in conditions_of_doubt.items() if is_there)


def rivals(prediction: Prediction) -> tuple[str, ...]:
    """The conditions that would come first, were the first one as improbable as its lower bound.

    What it loses goes to the others in proportion.
    """
    (name, first), *others = prediction.ranked
    low = prediction.intervals[prediction.conditions.index(name)][0]
    return tuple(other for other, share in others if _log_odds(low) < _log_ratio(share, 1 - first))


def _log_odds(share: float) -> float:
    return _log_ratio(share, 1 - share)


def _log_ratio(one: float, other: float) -> float:
    if one <= 0:
        return -inf
    return inf if other <= 0 else log(one / other)
