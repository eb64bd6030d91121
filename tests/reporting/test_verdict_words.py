"""A verdict in a report never stands beside another answer than the one it was given on."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from medmeta_core.reporting import GivenFor, Report, Verdict, to_csv, to_html, to_json
from medmeta_core.reporting.texts import Texts
from medmeta_core.reporting.verdict_words import verdict_words
from medmeta_core.shown_answer import ShownAnswer
from medmeta_core.trust import Abstention, shown_answer

AT = datetime(2026, 3, 14, 14, 58, 3, tzinfo=UTC)
RIDGE = GivenFor("ridge", datetime(2026, 3, 13, 20, 7, 11, tzinfo=UTC))
NOT_SURE = ShownAnswer("not-sure", thresholds={"min_probability": 0.5})


def with_verdict(report: Report, decision: str, answer: ShownAnswer | None, **further) -> Report:
    """The report of its first case alone, which names "Simple bone cyst"."""
    verdict = Verdict(decision, further.pop("condition", None), "", "", AT, answer, **further)
    return replace(report, cases=(replace(report.cases[0], verdict=verdict),))


def words(report: Report, language: str = "en") -> str:
    return verdict_words(report.cases[0], Texts(language))


def row_of(report: Report) -> dict[str, str]:
    return next(csv.DictReader(io.StringIO(to_csv(report).removeprefix("\ufeff"))))


def test_a_verdict_on_the_answer_printed_stands_alone(report: Report):
    now = shown_answer(report.cases[0].prediction)
    assert (now.outcome, now.condition) == ("named", "Simple bone cyst")
    changed = with_verdict(
        report, "accept", replace(now, probability=0.4)
    )  # the same answer, less sure
    assert words(changed) == "Accepted"
    assert (row_of(changed)["verdict"], row_of(changed)["earlier_verdict"]) == ("accept", "")
    assert row_of(changed)["judged_probability"] == "0.4"


@pytest.mark.parametrize(
    "answer", [NOT_SURE, ShownAnswer("named", "Ewing sarcoma", 0.4), None], ids=str
)
def test_a_verdict_on_another_answer_says_on_which(report: Report, answer: ShownAnswer | None):
    changed = with_verdict(report, "accept", answer)
    expected = {
        "not-sure": "Accepted — given when it said: Not sure.",
        "named": "Accepted — given when it said: Ewing sarcoma 40 %.",
        None: "Accepted — given before answers were stored with verdicts.",
    }[answer and answer.outcome]
    assert words(changed) == f"{expected} The answer printed here has no verdict yet."
    assert expected.removesuffix(".") in to_html(changed).replace("&nbsp;", " ")
    assert (row_of(changed)["verdict"], row_of(changed)["verdict_at"]) == ("", "")
    assert row_of(changed)["earlier_verdict"] == "accept"
    (case,) = json.loads(to_json(changed))["cases"]
    assert case["verdict"] is None and case["earlier_verdict"]["decision"] == "accept"


def test_a_reading_holds_for_another_answer_too(report: Report):
    changed = with_verdict(report, "changed", NOT_SURE, condition="SARS", given_for=RIDGE)
    assert words(changed) == (
        "Sees: SARS — given when it said: Not sure (Ridge regression (R2D2), "
        "2026-03-13 20:07:11+00:00 (UTC))"
    )
    assert row_of(changed)["reader_sees"] == "SARS"
    assert json.loads(to_json(changed))["cases"][0]["reader_sees"] == "SARS"


def test_a_verdict_for_another_adaptation_says_for_which(report: Report):
    now = shown_answer(report.cases[0].prediction)
    changed = with_verdict(report, "accept", now, given_for=RIDGE)
    assert words(changed).startswith("Accepted (given for Ridge")
    assert row_of(changed)["judged_method"] == "ridge"
    assert row_of(changed)["judged_adapted_at"] == "2026-03-13T20:07:11+00:00"


def test_right_not_to_name_one_stands_beside_its_abstention(report: Report):
    prediction = replace(report.cases[0].prediction, abstention=Abstention.NOT_SURE)
    changed = with_verdict(report, "rightly-unnamed", NOT_SURE)
    changed = replace(changed, cases=(replace(changed.cases[0], prediction=prediction),))
    assert words(changed) == "Right not to name a condition"
    assert words(changed, "zh") == "不给出病种是对的"


def test_an_outcome_of_a_later_version_is_reported_by_its_code(report: Report):
    changed = with_verdict(report, "accept", ShownAnswer("of-a-later-version"))
    assert "given when it said: of-a-later-version" in words(changed)
