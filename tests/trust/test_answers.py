"""Temperature, sets, intervals and typicality."""

import json

import numpy as np
import pytest
import torch
from predictions import prediction

from medmeta_core.trust import (
    CrossValidation,
    Typicality,
    complete,
    cross_validation_from_json,
    cross_validation_to_json,
    fit_temperature,
    jackknife_intervals,
    p_values,
    prediction_from_json,
    prediction_to_json,
)
from medmeta_core.trust.conformal import set_at


def _left_out(own: list[float]) -> CrossValidation:
    shares = np.array(own)
    return CrossValidation(
        ("flu", "cold"),
        np.zeros(len(own), np.int64),
        np.stack([shares, 1 - shares], 1),
        len(own),
        False,
    )


def test_scores_that_are_too_sure_are_cooled() -> None:
    scores = torch.tensor([[8.0, 0.0]] * 8 + [[0.0, 8.0]] * 2)
    assert fit_temperature(scores, torch.zeros(10, dtype=torch.int64)) > 1.5


def test_without_left_out_scores_the_temperature_is_one() -> None:
    assert fit_temperature(torch.full((2, 2), float("nan")), torch.tensor([0, 1])) == 1.0


def test_one_hundred_right_answers_do_not_make_a_certainty() -> None:
    scores = torch.tensor([[4.0, 0.0]] * 5)
    assert fit_temperature(scores, torch.zeros(5, dtype=torch.int64)) > 0.2


def _set(probabilities: list[float], own: list[float], *, coverage: float = 0.9) -> object:
    left_out, told = _left_out(own), np.array(probabilities)
    made = prediction(probabilities, p_values=p_values(told, left_out), n_judged=len(own))
    return set_at(coverage, made)


def test_below_nine_examples_there_is_no_ninety_per_cent_set() -> None:
    assert _set([0.9, 0.1], [0.9] * 8) is None
    assert _set([0.9, 0.1], [0.9] * 9) is not None


def test_four_examples_make_an_eighty_per_cent_set() -> None:
    assert _set([0.9, 0.1], [0.9] * 3, coverage=0.8) is None
    assert _set([0.9, 0.1], [0.9] * 4, coverage=0.8) == ("flu",)


def test_the_set_by_hand() -> None:
    own = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] * 2 + [0.95]
    # p("flu" at 0.75) = (1 + 14) / 20; p("cold" at 0.05) = (1 + 0) / 20 <= 0.1
    assert _set([0.75, 0.05], own) == ("flu",)
    assert _set([0.5, 0.5], own) == ("flu", "cold")


def test_a_set_always_holds_the_first_condition() -> None:
    assert _set([0.6, 0.4], [0.99] * 20) == ("flu",)


def test_the_set_covers_what_it_promises() -> None:
    random = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        own = random.beta(3, 2, size=21)
        covered.append("flu" in _set([own[0], 1 - own[0]], own[1:].tolist()))
    assert np.mean(covered) >= 0.85


def test_an_interval_holds_its_probability_and_widens_with_disagreement() -> None:
    told = np.array([0.7, 0.3])
    calm = jackknife_intervals(told, np.array([[0.69, 0.31], [0.71, 0.29], [0.7, 0.3]]))
    torn = jackknife_intervals(told, np.array([[0.5, 0.5], [0.9, 0.1], [0.7, 0.3]]))
    assert calm[0][0] < 0.7 < calm[0][1]
    assert torn[0][1] - torn[0][0] > calm[0][1] - calm[0][0]


def test_without_refits_nothing_is_known_of_the_interval() -> None:
    assert jackknife_intervals(np.array([0.7, 0.3]), np.empty((0, 2))) == ((0.0, 1.0), (0.0, 1.0))


def test_a_far_image_is_less_typical_than_a_near_one() -> None:
    generator = torch.Generator().manual_seed(0)
    examples = torch.nn.functional.normalize(
        torch.tensor([1.0, 0, 0, 0]) + 0.2 * torch.randn(12, 4, generator=generator), dim=-1
    )
    law = Typicality.of(examples, tuple(range(12)))
    near = law.of_query(torch.tensor([1.0, 0.1, 0.0, 0.0]), examples)
    far = law.of_query(torch.tensor([-1.0, 0.0, 0.0, 0.0]), examples)
    assert near > 0.2
    assert far < 0.01


@pytest.mark.parametrize("folds", [(0, 1), (0, 0, 0, 0)])
def test_with_fewer_than_three_distances_typicality_cannot_be_judged(
    folds: tuple[int, ...],
) -> None:
    examples = torch.eye(4)[: len(folds)]
    assert Typicality.of(examples, folds).of_query(-torch.ones(4), examples) is None


def test_a_prediction_survives_json() -> None:
    for typicality, share in ((0.3, 0.7), (None, None)):
        made = prediction([0.6, 0.4], typicality=typicality, share_right=share, n_judged=5)
        content = json.loads(json.dumps(prediction_to_json(made)))
        assert prediction_from_json(content) == made
        assert content["calibrated"] is (share is not None)


def test_an_older_record_is_read_and_completed() -> None:
    new = prediction_to_json(prediction([0.6, 0.4], typicality=1.0))
    old = {k: v for k, v in new.items() if k not in ("share_right", "p_values", "n_judged")}
    read = prediction_from_json(old)
    assert read.typicality is None  # it said 1 where nothing could be judged
    assert not read.is_calibrated
    completed = complete(read, _left_out([0.9, 0.5]))
    assert completed.share_right == pytest.approx((0.9 + 0.6) / 2)
    assert completed.n_judged == 2
    assert complete(read, _left_out([])).share_right is None


def test_a_cross_validation_survives_json() -> None:
    told = CrossValidation(
        ("a", "b"), np.array([0, 1]), np.array([[0.2, 0.8], [np.nan, np.nan]]), 1, True, 1, 2
    )
    back = cross_validation_from_json(json.loads(json.dumps(cross_validation_to_json(told))))
    np.testing.assert_array_equal(back.probabilities, told.probabilities)
    assert (back.conditions, back.n_folds, back.by_patient) == (("a", "b"), 1, True)
    assert (back.n_groups, back.n_with_patient) == (1, 2)
