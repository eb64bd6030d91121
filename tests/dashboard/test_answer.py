"""What the answer of a case says, as handed to the page's component."""

from dataclasses import replace

import pytest

from dashboard.shared.condition_marks import Mark
from dashboard.web import answer
from medmeta_core.explanation import SimilarCase
from medmeta_core.trust import Abstention, AbstentionRule, Prediction, Spread, under_rule

MARKS = {"flu": Mark("#111111", "●", "circle"), "cold": Mark("#222222", "▲", "triangle")}
RULE = AbstentionRule()
SURE = Prediction(
    ("flu", "cold"),
    (0.9, 0.1),
    (),
    None,
    0.9,
    0.4,
    None,
    (SimilarCase(0, "flu", 0.9),),
    share_right=0.93,
    p_values=(0.9, 0.05),
    n_evaluated=19,
    spread=Spread((0.5, 0.5), 8),
)
UNKNOWN = replace(
    SURE,
    share_right=None,
    p_values=None,
    n_evaluated=0,
    spread=Spread((0.0, 0.0), 0),
    typicality=None,
)


def words_of(prediction: Prediction) -> str:
    """All that is said of a prediction under the rule."""
    ruled = under_rule(prediction, RULE)
    headline = answer._headline(ruled, MARKS, RULE)
    rows = [answer._row(name, ruled, MARKS[name]) for name, _ in ruled.ranked]
    parts = [headline["title"], headline["detail"], *(str(row["numbers"]) for row in rows)]
    return "\n".join([*parts, answer._set(ruled), str(answer._typicality(ruled, RULE)["numbers"])])


def test_a_named_condition_stands_with_the_share_of_such_answers_that_is_right() -> None:
    words = words_of(SURE)
    assert "flu" in words
    assert "about 93 % are expected to be right" in words
    assert "at 80 % coverage: flu" in words


def test_without_calibration_no_percentage_and_no_bar_is_shown() -> None:
    words = words_of(UNKNOWN)
    assert "Too few examples to name one" in words
    assert "cannot be assessed" in words
    assert "%" not in words
    ruled = under_rule(UNKNOWN, RULE)
    assert ruled.abstention is Abstention.NOT_CALIBRATED
    assert answer.short_answer(ruled) == "Too few examples to name one"
    assert answer._row("flu", ruled, MARKS["flu"])["share"] is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"share_right": 0.71}, "about 71 % are expected to be right; 80 % is required"),
        ({"p_values": (0.9, 0.4)}, "several conditions remain: flu, cold"),
        ({"spread": Spread((4.0, 4.0), 3)}, "another condition would come first"),
    ],
)
def test_what_keeps_an_answer_from_being_sure_is_stated(changes: dict, reason: str) -> None:
    words = words_of(replace(SURE, **changes))
    assert words.startswith("Not sure")
    assert reason in words
