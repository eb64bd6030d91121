"""Examples from which nothing can be learned: a finite answer or one sentence, never a crash."""

from dataclasses import replace

import pytest
import tiny
import torch
from torch import Tensor

from medmeta_core.datasets import LabelledSet
from medmeta_core.embedding import Backbone
from medmeta_core.episodes import EpisodeShape, SupportSet
from medmeta_core.errors import NumericalError
from medmeta_core.evaluation import evaluate
from medmeta_core.explanation import grad_cam
from medmeta_core.methods import METHODS
from medmeta_core.selection import AUTOMATIC, fit_and_leave_out, method_on
from medmeta_core.trust import fit_temperature
from medmeta_core.trust.leave_one_out import figures

NAMES = (AUTOMATIC, *METHODS)
ONE, OTHER = tiny.stripes(1, 3, seed=0), tiny.stripes(1, 11, seed=1)
BLANK = torch.zeros(1, 3, 32, 32)
QUERIES = torch.cat([ONE, OTHER, BLANK])


def task(*pictures: Tensor, n_first: int) -> SupportSet:
    """The first pictures as examples of one condition, the others of a second."""
    labels = torch.tensor([0] * n_first + [1] * (len(pictures) - n_first))
    return SupportSet(torch.cat(pictures), labels, ("flu", "cold"))


ALIKE = {
    "all equal": task(*[ONE] * 6, n_first=3),
    "all blank": task(*[BLANK] * 4, n_first=2),
    "one each, equal": task(ONE, ONE, n_first=1),
}
"""Tasks whose conditions cannot be told apart."""

TASKS = ALIKE | {
    "one each": task(ONE, OTHER, n_first=1),
    "copies within a condition": task(*[ONE] * 5, *[OTHER] * 5, n_first=5),
    "blank and white": task(*[BLANK] * 3, *[1 - BLANK] * 3, n_first=3),
    "equal across conditions": task(ONE, OTHER, ONE, BLANK, n_first=2),
    "one against five": task(ONE, *[OTHER] * 5, n_first=1),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", list(TASKS))
def test_every_method_answers_with_finite_numbers(name: str, kind: str) -> None:
    support = TASKS[kind]
    _, (classifier, left_out) = fit_and_leave_out(method_on(name, tiny.backbone()), support)
    assert fit_temperature(left_out.scores, support.labels) > 0
    probabilities = classifier.predict_proba(QUERIES)
    assert torch.isfinite(probabilities).all()
    if kind in ALIKE:
        torch.testing.assert_close(
            probabilities, torch.full_like(probabilities, 0.5), atol=1e-4, rtol=0
        )


def _without_numbers(backbone: Backbone) -> Backbone:
    """The backbone with weights that overflow, as those of a diverged training do."""
    network = tiny.backbone().network
    with torch.no_grad():
        for weights in network.parameters():
            weights.mul_(1e30)
    return replace(backbone, network=network)


@pytest.mark.parametrize("name", NAMES)
def test_a_backbone_without_finite_numbers_ends_in_a_sentence(name: str) -> None:
    broken = _without_numbers(tiny.backbone())
    with pytest.raises(NumericalError, match="another method or backbone"):
        fit_and_leave_out(method_on(name, broken), tiny.support())


def test_an_evaluation_without_finite_numbers_ends_in_a_sentence() -> None:
    support = tiny.support((4, 4))
    pictures = (support.pixels * 255).to(torch.uint8)
    labelled = LabelledSet(pictures, support.labels, support.conditions, (None,) * 8, ())
    broken = method_on("prototypical", _without_numbers(tiny.backbone()))
    with pytest.raises(NumericalError):
        evaluate(broken, labelled, EpisodeShape(2, 1, 2), n_episodes=1, calibrated=False)


def test_a_heat_map_without_finite_numbers_ends_in_a_sentence() -> None:
    classifier = method_on("prototypical", tiny.backbone()).fit(tiny.support())
    with pytest.raises(NumericalError):
        grad_cam(classifier, torch.full((3, 32, 32), torch.nan), "condition 0")


def test_one_patient_in_all_conditions_leaves_nothing_classified() -> None:
    support = replace(tiny.support((2, 2)), groups=("P1",) * 4)
    _, (_, left_out) = fit_and_leave_out(method_on("ridge", tiny.backbone()), support)
    assert left_out.figures.n_evaluated == 0
    assert figures(support, left_out.scores, n_folds=0).accuracy_interval == (0.0, 1.0)
