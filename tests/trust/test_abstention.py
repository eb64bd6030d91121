"""When a condition is named: headline, set and interval speak of one promise."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictions import prediction

from medmeta_core.trust import (
    Abstention,
    AbstentionRule,
    CrossValidation,
    Doubt,
    Prediction,
    Spread,
    doubts,
    p_values,
    share_right,
    under_rule,
)
from medmeta_core.trust.abstention import rivals

SURE = prediction([0.9, 0.1], share_right=0.95, p_values=(0.8, 0.05), n_evaluated=19)


def outcome(prediction: Prediction, **rule: float) -> Abstention | None:
    return under_rule(prediction, AbstentionRule(**rule)).abstention


def test_a_sure_answer_names_its_condition() -> None:
    ruled = under_rule(SURE, AbstentionRule())
    assert ruled.abstention is None
    assert (ruled.conformal_set, ruled.coverage) == (("flu",), 0.8)


def test_nothing_is_named_where_nothing_could_be_left_out() -> None:
    unknown = prediction([0.99, 0.01], intervals=((0.0, 1.0),) * 2)
    assert outcome(unknown) is Abstention.NOT_CALIBRATED
    assert outcome(unknown, min_right=0.0) is Abstention.NOT_CALIBRATED


def test_what_is_foreign_is_none_of_these_whether_calibrated_or_not() -> None:
    for share in (0.95, None):
        foreign = prediction([0.9, 0.1], typicality=0.01, share_right=share)
        assert outcome(foreign) is Abstention.NONE_OF_THESE


def test_a_typicality_that_cannot_be_classified_calls_nothing_foreign() -> None:
    assert outcome(prediction([0.9, 0.1], typicality=None, share_right=0.9)) is None


def test_the_promise_decides() -> None:
    assert outcome(SURE, min_right=0.94) is None
    assert outcome(SURE, min_right=0.96) is Abstention.NOT_SURE


def test_a_set_of_several_names_none() -> None:
    several = prediction([0.7, 0.3], share_right=0.9, p_values=(0.9, 0.3), n_evaluated=19)
    ruled = under_rule(several, AbstentionRule())
    assert ruled.conformal_set == ("flu", "cold")
    assert ruled.abstention is Abstention.NOT_SURE
    assert doubts(ruled, AbstentionRule()) == (Doubt.SET,)
    assert outcome(several, min_right=0.6) is None  # at 60 % coverage "cold" is ruled out


@given(
    st.lists(st.tuples(st.floats(0.5, 1), st.booleans()), min_size=1, max_size=40),
    st.floats(0.5, 1),
)
def test_a_higher_promise_names_nothing_that_a_lower_one_left_open(
    left_out_rows: list[tuple[float, bool]], sure: float
) -> None:
    rows = np.array([[p, 1 - p] if is_right else [1 - p, p] for p, is_right in left_out_rows])
    left_out = CrossValidation(
        ("flu", "cold"), np.zeros(len(rows), np.int64), rows, len(rows), by_patient=False
    )
    shares = np.array([sure, 1 - sure])
    answer = prediction(
        shares.tolist(),
        share_right=share_right(shares, left_out),
        p_values=p_values(shares, left_out),
        n_evaluated=len(rows),
    )
    is_named = [outcome(answer, min_right=level / 100) is None for level in range(50, 100)]
    assert is_named == sorted(is_named, reverse=True)


def test_what_too_few_examples_cannot_promise_is_not_sure() -> None:
    few = prediction([0.95, 0.05], share_right=0.95, p_values=(1.0, 2 / 7), n_evaluated=6)
    ruled = under_rule(few, AbstentionRule(min_right=0.9))  # 9 are needed to rule anything out
    assert ruled.conformal_set is None
    assert ruled.abstention is Abstention.NOT_SURE
    assert doubts(ruled, AbstentionRule(min_right=0.9)) == (Doubt.TOO_FEW,)


@pytest.mark.parametrize("share", [0.4, 0.95])
@pytest.mark.parametrize("level", [0.5, 0.8])
def test_no_share_is_reported_that_rests_on_fewer_than_five(share: float, level: float) -> None:
    rule = AbstentionRule(min_right=level)
    few = prediction([0.95, 0.05], share_right=share, p_values=(1.0, 0.2), n_evaluated=4)
    ruled = under_rule(few, rule)
    assert ruled.abstention is Abstention.NOT_SURE
    assert doubts(ruled, rule) == (Doubt.TOO_FEW,)


@pytest.mark.parametrize(
    ("probabilities", "low", "stays"),
    [
        ([0.9, 0.1], 0.51, True),
        ([0.9, 0.1], 0.49, False),  # "cold" would have 0.51
        ([0.8, 0.1, 0.1], 0.34, True),  # 0.34 beside 0.33 and 0.33
        ([0.8, 0.1, 0.1], 0.32, False),  # 0.32 beside 0.34 and 0.34
    ],
)
def test_an_interval_in_which_another_comes_first_names_none(
    probabilities: list[float], low: float, stays: bool
) -> None:
    intervals = ((low, 0.99), *((0.0, 0.5),) * (len(probabilities) - 1))
    overlapping = prediction(probabilities, share_right=0.9, intervals=intervals)
    assert (rivals(overlapping) == ()) is stays
    assert (outcome(overlapping) is None) is stays


def test_a_set_holds_what_the_bounds_leave_open() -> None:
    wide = replace(SURE, spread=Spread((4.0, 4.0), 8))
    ruled = under_rule(wide, AbstentionRule())
    assert ruled.conformal_set == ("flu", "cold")  # by its p-value "cold" alone would be ruled out
    assert doubts(ruled, AbstentionRule()) == (Doubt.INTERVAL, Doubt.SET)


def test_set_and_bounds_stand_at_the_level_of_the_promise() -> None:
    answer = prediction(
        [0.9, 0.1],
        share_right=0.97,
        p_values=(0.9, 0.05),
        n_evaluated=40,
        spread=Spread((1.2, 1.2), 8),
    )
    loose, strict = (under_rule(answer, AbstentionRule(min_right=level)) for level in (0.8, 0.96))
    assert loose.abstention is None
    assert (loose.coverage, loose.bound_level, loose.conformal_set) == (0.8, 0.8, ("flu",))
    assert loose.intervals[0][0] > 0.5
    assert strict.abstention is Abstention.NOT_SURE
    assert doubts(strict, AbstentionRule(min_right=0.96)) == (Doubt.INTERVAL, Doubt.SET)
    assert strict.intervals[0][0] < loose.intervals[0][0]


def _left_out(first: list[float]) -> CrossValidation:
    shares = np.array(first)
    rows = np.stack([shares, 1 - shares], 1)
    return CrossValidation(("a", "b"), np.zeros(len(first), np.int64), rows, len(first), False)


def test_the_share_right_by_hand() -> None:
    left_out = _left_out([0.95, 0.85, 0.6])
    assert share_right(np.array([0.8, 0.2]), left_out) == pytest.approx((0.95 + 0.85 + 0.8) / 3)
    assert share_right(np.array([0.97, 0.03]), left_out) == pytest.approx(0.97)
    assert share_right(np.array([0.8, 0.2]), _left_out([])) is None


@given(st.lists(st.floats(0.5, 1), min_size=1, max_size=30), st.floats(0.5, 1), st.floats(0, 0.5))
def test_a_surer_answer_is_at_least_as_often_right(
    first: list[float], sure: float, less: float
) -> None:
    left_out, low = _left_out(first), max(0.5, sure - less)
    surer = share_right(np.array([sure, 1 - sure]), left_out)
    unsurer = share_right(np.array([low, 1 - low]), left_out)
    assert surer is not None and unsurer is not None
    assert low - 1e-12 <= unsurer <= surer + 1e-12
