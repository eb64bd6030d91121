"""The answer for a case: ranked conditions, the conformal set, and when nothing is named."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from dashboard.components.condition_marks import NEUTRAL, Mark
from dashboard.components.wording import percent, probability, probability_interval
from dashboard.i18n import t
from medmeta_core.trust import Abstention, AbstentionRule, Prediction

HERE = Path(__file__).parent

_answer = st.components.v2.component(
    "medmeta.answer",
    html='<div class="answer"></div>',
    css=(HERE / "answer.css").read_text(encoding="utf-8"),
    js=(HERE / "answer.js").read_text(encoding="utf-8"),
)


def show_answer(
    prediction: Prediction, marks: Mapping[str, Mark], rule: AbstentionRule, *, key: str
) -> None:
    """Draw what an adaptation says of a case under the rule."""
    intervals = dict(zip(prediction.conditions, prediction.intervals, strict=True))
    _answer(
        key=key,
        data={
            "headline": _headline(prediction, marks, rule),
            "rows": [
                {
                    "name": name,
                    "symbol": marks[name].symbol,
                    "colour": marks[name].colour,
                    "numbers": f"{probability(share)} ({probability_interval(intervals[name])})",
                    "share": share,
                    "interval": intervals[name],
                    "in_set": name in (prediction.conformal_set or prediction.conditions),
                }
                for name, share in prediction.ranked
            ],
            "threshold": rule.min_probability,
            "set": _set(prediction),
            "typicality": {
                "title": t("classify.typicality"),
                "numbers": probability(prediction.typicality),
                "share": prediction.typicality,
                "threshold": rule.min_typicality,
                "label": t("classify.threshold", share=percent(rule.min_typicality)),
            },
            "labels": {
                "ranked": t("classify.ranked"),
                "threshold": t("classify.threshold", share=percent(rule.min_probability)),
            },
        },
    )


def short_answer(prediction: Prediction) -> str:
    """The answer in a few words."""
    if prediction.abstention is not None:
        return t(f"classify.abstention.{prediction.abstention.value}.title")
    name, share = prediction.ranked[0]
    return f"{name} {probability(share)}"


def _headline(
    prediction: Prediction, marks: Mapping[str, Mark], rule: AbstentionRule
) -> dict[str, str]:
    name, share = prediction.ranked[0]
    if prediction.abstention is None:
        title = t("classify.most_similar", name=name)
        interval = prediction.intervals[prediction.conditions.index(name)]
        detail = t(
            "classify.with_interval",
            share=probability(share),
            interval=probability_interval(interval),
        )
        return {"title": title, "detail": detail, "symbol": marks[name].symbol} | {
            "colour": marks[name].colour
        }
    threshold = {
        Abstention.NONE_OF_THESE: rule.min_typicality,
        Abstention.NOT_SURE: rule.min_probability,
    }[prediction.abstention]
    text = f"classify.abstention.{prediction.abstention.value}"
    return {
        "title": t(f"{text}.title"),
        "detail": t(f"{text}.detail", share=percent(threshold)),
        "symbol": "",
        "colour": NEUTRAL,
    }


def _set(prediction: Prediction) -> str:
    kept = prediction.conformal_set
    if kept is None:
        return t("classify.set.too_few")
    coverage = percent(prediction.coverage)
    if not kept:
        return t("classify.set.empty", coverage=coverage)
    return t("classify.set.kept", coverage=coverage, names=t("classify.and").join(kept))
