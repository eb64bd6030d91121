"""Temperature, sets, intervals and typicality."""

import json

import numpy as np
import pytest
import torch

from medmeta_core.explanation import SimilarCase
from medmeta_core.trust import (
    Abstention,
    CrossValidation,
    Prediction,
    Typicality,
    conformal_set,
    cross_validation_from_json,
    cross_validation_to_json,
    fit_temperature,
    jackknife_intervals,
    prediction_from_json,
    prediction_to_json,
)


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


def test_below_nine_examples_there_is_no_ninety_per_cent_set() -> None:
    assert conformal_set(np.array([0.9, 0.1]), _left_out([0.9] * 8)) is None
    assert conformal_set(np.array([0.9, 0.1]), _left_out([0.9] * 9)) is not None


def test_the_set_by_hand() -> None:
    left_out = _left_out([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] * 2 + [0.95])
    # p("flu" at 0.75) = (1 + 14) / 20; p("cold" at 0.05) = (1 + 0) / 20 <= 0.1
    assert conformal_set(np.array([0.75, 0.05]), left_out) == ("flu",)
    assert conformal_set(np.array([0.5, 0.5]), left_out) == ("flu", "cold")


def test_the_set_covers_what_it_promises() -> None:
    random = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        own = random.beta(3, 2, size=21)
        kept = conformal_set(np.array([own[0], 1 - own[0]]), _left_out(own[1:].tolist()))
        covered.append("flu" in (kept or ()))
    assert np.mean(covered) == pytest.approx(0.9, abs=0.05)


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


def test_with_two_examples_nothing_is_called_atypical() -> None:
    examples = torch.eye(2)
    assert Typicality.of(examples, (0, 1)).of_query(torch.tensor([-1.0, -1.0]), examples) == 1.0


def test_a_prediction_survives_json() -> None:
    prediction = Prediction(
        ("flu", "cold"),
        (0.6, 0.4),
        ((0.5, 0.7), (0.3, 0.5)),
        ("flu",),
        0.9,
        0.3,
        Abstention.NOT_SURE,
        (SimilarCase(2, "flu", 0.8),),
    )
    assert (
        prediction_from_json(json.loads(json.dumps(prediction_to_json(prediction)))) == prediction
    )


def test_a_cross_validation_survives_json() -> None:
    told = CrossValidation(
        ("a", "b"), np.array([0, 1]), np.array([[0.2, 0.8], [np.nan, np.nan]]), 1, True, 1, 2
    )
    back = cross_validation_from_json(json.loads(json.dumps(cross_validation_to_json(told))))
    np.testing.assert_array_equal(back.probabilities, told.probabilities)
    assert (back.conditions, back.n_folds, back.by_patient) == (("a", "b"), 1, True)
    assert (back.n_groups, back.n_with_patient) == (1, 2)
