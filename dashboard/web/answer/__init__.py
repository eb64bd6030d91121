"""The answer for a case: ranked conditions, the conformal set, and when nothing is named."""

from collections.abc import Mapping

from dashboard.i18n import raw_text
from dashboard.shared.condition_marks import NEUTRAL, Mark
from dashboard.shared.number_formats import percent, probability, probability_interval
from dashboard.web.component import web_component
from medmeta_core.trust import (
    Abstention,
    AbstentionRule,
    Doubt,
    Prediction,
    doubts,
    n_needed,
)

_answer = web_component("answer")


def show_answer(
    prediction: Prediction, marks: Mapping[str, Mark], rule: AbstentionRule, *, key: str
) -> None:
    """Draw what an adaptation says of a case under the rule."""
    ranked = "classify.ranked" if prediction.is_calibrated else "classify.ranked_by_similarity"
    _answer(
        key=key,
        data={
            "headline": _headline(prediction, marks, rule),
            "rows": [_row(name, prediction, marks[name]) for name, _ in prediction.ranked],
            "set": _set(prediction),
            "typicality": _typicality(prediction, rule),
            "labels": {"ranked": raw_text(ranked)},
        },
    )


def short_answer(prediction: Prediction) -> str:
    """The answer in a few words."""
    if prediction.abstention is not None:
        return raw_text(f"classify.abstention.{prediction.abstention.value}.title")
    name, share = prediction.ranked[0]
    return f"{name} {probability(share)}"


def _row(name: str, prediction: Prediction, mark: Mark) -> dict[str, object]:
    """A condition; its figures only where it is known how much they are worth."""
    place = prediction.conditions.index(name)
    share, interval = prediction.probabilities[place], prediction.intervals[place]
    figures = {
        "numbers": f"{probability(share)} ({probability_interval(interval)})",
        "share": share,
        "interval": interval,
    }
    return {
        "name": name,
        "symbol": mark.symbol,
        "colour": mark.colour,
        "in_set": name in (prediction.conformal_set or prediction.conditions),
        **(figures if prediction.is_calibrated else {"numbers": "", "share": None}),
    }


def _headline(
    prediction: Prediction, marks: Mapping[str, Mark], rule: AbstentionRule
) -> dict[str, str]:
    if prediction.abstention is None:
        mark = marks[prediction.first]
        return {
            "title": raw_text("classify.most_similar", name=prediction.first),
            "detail": raw_text(
                "classify.share_right", share=probability(prediction.share_right or 0)
            ),
            "symbol": mark.symbol,
            "colour": mark.colour,
        }
    return {
        "title": raw_text(f"classify.abstention.{prediction.abstention.value}.title"),
        "detail": _why_not(prediction, rule),
        "symbol": "",
        "colour": NEUTRAL,
    }


def _why_not(prediction: Prediction, rule: AbstentionRule) -> str:
    """Why no condition is named, in a sentence."""
    if prediction.abstention is Abstention.NONE_OF_THESE:
        share = percent(rule.min_typicality)
        return raw_text("classify.abstention.none-of-these.detail", share=share)
    if prediction.abstention is Abstention.NOT_CALIBRATED:
        return raw_text("classify.abstention.not-calibrated.detail")
    doubt = next(iter(doubts(prediction, rule)), Doubt.SHARE_RIGHT)
    interval = prediction.intervals[prediction.conditions.index(prediction.first)]
    return raw_text(
        f"classify.doubts.{doubt.value}",
        share=probability(prediction.share_right or 0),
        level=percent(rule.min_right),
        needed=n_needed(rule.min_right),
        judged=prediction.n_evaluated or 0,
        names=raw_text("classify.and").join(prediction.conformal_set or ()),
        interval=probability_interval(interval),
    )


def _typicality(prediction: Prediction, rule: AbstentionRule) -> dict[str, object]:
    typicality = prediction.typicality
    return {
        "title": raw_text("classify.typicality"),
        "numbers": raw_text("classify.cannot_be_judged")
        if typicality is None
        else probability(typicality),
        "share": typicality,
        "threshold": rule.min_typicality,
        "label": raw_text("classify.threshold", share=percent(rule.min_typicality)),
    }


def _set(prediction: Prediction) -> str:
    conformal_set, coverage = prediction.conformal_set, percent(prediction.coverage)
    if not prediction.is_calibrated:
        return raw_text("classify.set.not_calibrated")
    if conformal_set is None:
        needed = n_needed(prediction.coverage)
        return raw_text("classify.set.too_few", coverage=coverage, needed=needed)
    return raw_text(
        "classify.set.kept", coverage=coverage, names=raw_text("classify.and").join(conformal_set)
    )
