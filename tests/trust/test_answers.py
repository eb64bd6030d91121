"""Temperature, sets, intervals and typicality."""

import json

import numpy as np
import pytest
import torch
from predictions import prediction

from medmeta_core.embedding import backbone_names
from medmeta_core.methods import METHODS
from medmeta_core.trust import (
    CrossValidation,
    Spread,
    TemperaturePrior,
    Typicality,
    bounds,
    complete,
    cross_validation_from_json,
    cross_validation_to_json,
    fit_temperature,
    jackknife,
    p_values,
    prediction_from_json,
    prediction_to_json,
)
from medmeta_core.trust.calibration import PLAIN, PRIOR_FILE, temperature_prior
from medmeta_core.trust.conformal import set_at


def _left_out(probabilities: list[float]) -> CrossValidation:
    shares = np.array(probabilities)
    return CrossValidation(
        ("flu", "cold"),
        np.zeros(len(probabilities), np.int64),
        np.stack([shares, 1 - shares], 1),
        len(probabilities),
        False,
    )


def test_scores_that_are_too_sure_are_cooled() -> None:
    scores = torch.tensor([[8.0, 0.0]] * 8 + [[0.0, 8.0]] * 2)
    assert fit_temperature(scores, torch.zeros(10, dtype=torch.int64)) > 1.5


def test_without_left_out_scores_the_temperature_is_one() -> None:
    assert fit_temperature(torch.full((2, 2), float("nan")), torch.tensor([0, 1])) == pytest.approx(
        1.0
    )


def test_one_hundred_right_answers_do_not_make_a_certainty() -> None:
    scores = torch.tensor([[4.0, 0.0]] * 5)
    assert fit_temperature(scores, torch.zeros(5, dtype=torch.int64)) > 0.2


def _set(probabilities: list[float], of_examples: list[float], *, coverage: float = 0.9) -> object:
    left_out, shares = _left_out(of_examples), np.array(probabilities)
    answer = prediction(
        probabilities, p_values=p_values(shares, left_out), n_evaluated=len(of_examples)
    )
    return set_at(coverage, answer)


def test_a_prior_speaks_where_nothing_was_left_out_and_yields_to_many_examples() -> None:
    prior = TemperaturePrior(centre=1.0, spread=0.5, weight=0.5)
    nothing, labels = torch.full((2, 2), torch.nan), torch.tensor([0, 1])
    assert fit_temperature(nothing, labels, prior) == pytest.approx(np.e, rel=1e-3)
    generator = torch.Generator().manual_seed(0)  # scores whose own temperature is 1
    scores = torch.randn(4_000, 2, generator=generator)
    true_labels = (torch.rand(4_000, generator=generator) > scores.softmax(1)[:, 0]).long()
    assert fit_temperature(scores, true_labels, prior) == pytest.approx(1.0, abs=0.15)


def test_the_shipped_prior_is_found_by_method_backbone_and_size() -> None:
    few, many = (temperature_prior("prototypical", "medmeta-resnet18", (n,) * 3) for n in (1, 10))
    assert few.centre > many.centre  # prototypes of one example say too much
    assert temperature_prior("maml", "medmeta-conv4-maml", (5, 5)) == PLAIN
    by_backbone = json.loads(PRIOR_FILE.read_text())["centres"]
    assert all(set(METHODS) >= set(centres) for centres in by_backbone.values())
    assert set(by_backbone) <= set(backbone_names())


def test_below_nine_examples_there_is_no_ninety_per_cent_set() -> None:
    assert _set([0.9, 0.1], [0.9] * 8) is None
    assert _set([0.9, 0.1], [0.9] * 9) is not None


def test_five_examples_make_an_eighty_per_cent_set() -> None:
    assert _set([0.9, 0.1], [0.9] * 4, coverage=0.8) is None
    assert _set([0.9, 0.1], [0.9] * 5, coverage=0.8) == ("flu",)


def test_the_set_by_hand() -> None:
    left_out = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] * 2 + [0.95]
    # p("flu" at 0.75) = (1 + 14) / 20; p("cold" at 0.05) = (1 + 0) / 20 <= 0.1
    assert _set([0.75, 0.05], left_out) == ("flu",)
    assert _set([0.5, 0.5], left_out) == ("flu", "cold")


def test_a_set_always_holds_the_first_condition() -> None:
    assert _set([0.6, 0.4], [0.99] * 20) == ("flu",)


def test_the_set_covers_what_it_promises() -> None:
    random = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        shares = random.beta(3, 2, size=21)
        covered.append("flu" in _set([shares[0], 1 - shares[0]], shares[1:].tolist()))
    assert np.mean(covered) >= 0.85


def test_bounds_hold_their_probability_and_widen_with_disagreement_and_level() -> None:
    strata = [(0,)] * 3
    calm = jackknife(np.array([[0.69, 0.31], [0.71, 0.29], [0.7, 0.3]]), strata)
    torn = jackknife(np.array([[0.5, 0.5], [0.9, 0.1], [0.7, 0.3]]), strata)
    widths = []
    for spread, level in ((calm, 0.8), (calm, 0.95), (torn, 0.95)):
        ((low, high), _) = bounds((0.7, 0.3), spread, level)
        assert low < 0.7 < high
        widths.append(high - low)
    assert widths == sorted(widths)


def test_bounds_by_hand() -> None:
    # log odds -1, 0 and 1: jackknife error sqrt(2/3 * 2); Student's t of 2 degrees at 0.8: 1.0607
    refits = torch.tensor([-1.0, 0.0, 1.0]).double().sigmoid().numpy()
    spread = jackknife(np.stack([refits, 1 - refits], 1), [(0,)] * 3)
    assert spread.errors[0] == pytest.approx((4 / 3) ** 0.5)
    assert spread.degrees == 2
    ((low, high), _) = bounds((0.5, 0.5), spread, 0.8)
    half = 1.06066 * (4 / 3) ** 0.5
    assert (low, high) == pytest.approx((1 / (1 + np.exp(half)), 1 / (1 + np.exp(-half))), rel=1e-4)


def test_refits_are_compared_with_those_that_left_out_the_same_conditions() -> None:
    """Without an example of "flu" all say 0.6, without one of "cold" 0.8: chance moves nothing."""
    refits = np.array([[0.6, 0.4], [0.6, 0.4], [0.8, 0.2], [0.8, 0.2]])
    spread = jackknife(refits, [(0,), (0,), (1,), (1,)])
    assert spread.errors == pytest.approx((0.0, 0.0))
    assert spread.degrees == 2


@pytest.mark.parametrize("n", [0, 1])
def test_without_refits_nothing_is_known_of_the_bounds(n: int) -> None:
    spread = jackknife(np.full((n, 2), 0.5), [(0,)] * n)
    assert bounds((0.7, 0.3), spread, 0.8) == ((0.0, 1.0), (0.0, 1.0))


def test_the_lower_bound_holds_as_often_as_promised() -> None:
    """For the log odds of a mean whose law is known: of 400 samples of 8, 80 % bound it below."""
    random, covered = np.random.default_rng(0), []
    for _ in range(400):
        sample = random.normal(0.5, 1, 8)
        left_out = (sample.sum() - sample) / 7
        refits = 1 / (1 + np.exp(-np.stack([left_out, -left_out], 1)))
        centre = 1 / (1 + np.exp(-sample.mean()))
        spread = jackknife(refits, [(0,)] * 8)
        ((low, _), _) = bounds((centre, 1 - centre), spread, 0.8)
        covered.append(low < 1 / (1 + np.exp(-0.5)))
    assert np.mean(covered) == pytest.approx(0.8, abs=0.05)


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


def test_the_same_picture_many_times_is_one_example_for_typicality() -> None:
    three = torch.tensor([[1.0, 0.3, 0.0], [1.0, 0.0, 0.2], [0.0, 1.0, 0.4]])
    law = Typicality.of(three, (0, 1, 2))
    of_copies = Typicality.of(three.repeat(4, 1), tuple(range(12)))
    assert (of_copies.mean, of_copies.spread, of_copies.n) == pytest.approx(
        (law.mean, law.spread, 3), rel=1e-4
    )
    two = three[:2].repeat(4, 1)
    assert Typicality.of(two, tuple(range(8))).of_query(three[2], two) is None


@pytest.mark.parametrize("folds", [(0, 1), (0, 0, 0, 0)])
def test_with_fewer_than_three_distances_typicality_cannot_be_classified(
    folds: tuple[int, ...],
) -> None:
    examples = torch.eye(4)[: len(folds)]
    assert Typicality.of(examples, folds).of_query(-torch.ones(4), examples) is None


def test_a_prediction_survives_json() -> None:
    for typicality, share in ((0.3, 0.7), (None, None)):
        spread = Spread((0.3, 0.3), 4) if share else None
        answer = prediction([0.6, 0.4], typicality=typicality, share_right=share, spread=spread)
        content = json.loads(json.dumps(prediction_to_json(answer)))
        assert prediction_from_json(content) == answer
        assert content["calibrated"] is (share is not None)


def test_an_older_record_is_read_and_completed() -> None:
    new = prediction_to_json(prediction([0.6, 0.4], typicality=1.0))
    old = {k: v for k, v in new.items() if k not in ("share_right", "p_values", "n_judged")}
    read = prediction_from_json(old)
    assert read.typicality is None  # it said 1 where nothing could be classified
    assert not read.is_calibrated
    completed = complete(read, _left_out([0.9, 0.5]))
    assert completed.share_right == pytest.approx((0.9 + 0.6) / 2)
    assert completed.n_evaluated == 2
    assert complete(read, _left_out([])).share_right is None


def test_a_cross_validation_survives_json() -> None:
    figures = CrossValidation(
        ("a", "b"), np.array([0, 1]), np.array([[0.2, 0.8], [np.nan, np.nan]]), 1, True, 1, 2
    )
    back = cross_validation_from_json(json.loads(json.dumps(cross_validation_to_json(figures))))
    np.testing.assert_array_equal(back.probabilities, figures.probabilities)
    assert (back.conditions, back.n_folds, back.by_patient) == (("a", "b"), 1, True)
    assert (back.n_groups, back.n_with_patient) == (1, 2)
