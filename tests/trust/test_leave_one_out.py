"""Leaving out, against refits in a plain loop and against numbers computed by hand."""

import numpy as np
import pytest
import tiny
import torch

from medmeta_core.episodes import SupportSet
from medmeta_core.methods import OnBackbone, Prototypical
from medmeta_core.trust import NOT_EVALUATED, CrossValidation, leave_one_out, wilson_interval
from medmeta_core.trust.leave_one_out import merged_folds


def _with_patients(support: SupportSet, groups: tuple[str | None, ...]) -> SupportSet:
    return SupportSet(support.pixels, support.labels, support.conditions, groups)


def test_it_equals_refitting_without_each_example() -> None:
    method, support = OnBackbone(Prototypical(tiny.backbone())), tiny.support((3, 2))
    run = leave_one_out(method, support)
    for i in range(5):
        keep_mask = torch.arange(5) != i
        expected = method.fit(support.subset(keep_mask)).scores(support.pixels[i : i + 1])[0]
        torch.testing.assert_close(run.scores[i], expected, atol=1e-4, rtol=1e-4)
    assert run.figures.n_folds == 5
    assert not run.figures.by_patient


def test_a_patient_is_left_out_whole() -> None:
    method = OnBackbone(Prototypical(tiny.backbone()))
    support = _with_patients(tiny.support((3, 2)), ("P1", "P1", "P2", "P3", None))
    run = leave_one_out(method, support)
    without_p1 = torch.tensor([False, False, True, True, True])
    expected = method.fit(support.subset(without_p1)).scores(support.pixels[:2])
    torch.testing.assert_close(run.scores[:2], expected, atol=1e-4, rtol=1e-4)
    assert run.figures.n_folds == 4
    assert run.figures.by_patient


def test_the_last_example_of_a_condition_is_not_classified() -> None:
    run = leave_one_out(OnBackbone(Prototypical(tiny.backbone())), tiny.support((3, 1)))
    assert run.figures.is_evaluated.tolist() == [True, True, True, False]
    assert run.figures.predicted[3] == NOT_EVALUATED
    assert run.figures.n_evaluated == 3


def test_nothing_can_be_classified_with_one_example_each() -> None:
    run = leave_one_out(OnBackbone(Prototypical(tiny.backbone())), tiny.support((1, 1)))
    assert run.figures.n_evaluated == 0
    assert np.isnan(run.figures.accuracy)
    assert run.refits == ()


def test_patients_share_folds_where_there_are_more_than_allowed() -> None:
    support = tiny.support((4, 4))
    folds = merged_folds(support, 4)
    assert sorted(set(folds)) == [0, 1, 2, 3]
    assert sorted(folds[:4]) == sorted(folds[4:]) == [0, 1, 2, 3]


def test_several_patients_in_a_fold_are_no_leave_one_out() -> None:
    method = OnBackbone(Prototypical(tiny.backbone()))
    support = _with_patients(tiny.support((4, 1)), ("P1", "P1", "P2", None, "P3"))
    alone = leave_one_out(method, support).figures
    assert (alone.n_folds, alone.n_groups, alone.is_leave_one_out) == (3, 3, True)
    assert (alone.n_with_patient, alone.knows_all_patients) == (4, False)
    shared = leave_one_out(method, tiny.support((4, 4)), max_folds=4).figures
    assert (shared.n_folds, shared.n_groups, shared.is_leave_one_out) == (4, 8, False)


def test_the_figures_of_a_confusion_computed_by_hand() -> None:
    figures = CrossValidation(
        conditions=("flu", "cold"),
        labels=np.array([0, 0, 0, 1, 1]),
        probabilities=np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.1, 0.9], [np.nan, np.nan]]),
        n_folds=4,
        by_patient=False,
    )
    assert figures.confusion.tolist() == [[2, 1], [0, 1]]
    assert figures.accuracy == 0.75
    assert figures.balanced_accuracy == pytest.approx((2 / 3 + 1) / 2)
    assert [(r.n_correct, r.n) for r in figures.recall] == [(2, 3), (1, 1)]


def test_wilson_equals_the_published_example() -> None:
    # Newcombe 1998, Stat Med 17:857, table I: 81 of 263 → 0.2553 to 0.3662.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
