"""The outer loop: which gradient it follows, on hand-computed learners."""

from collections.abc import Iterator
from dataclasses import replace
from math import cos, pi
from typing import Any

import pytest
import torch
from small_runs import EPISODIC
from torch import nn

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.training.inputs.base_images import read_base_images
from medmeta_core.training.inputs.tasks import Task, TaskSource
from medmeta_core.training.loop import outer_loop
from medmeta_core.training.loop.distributed import ProcessGroup
from medmeta_core.training.loop.outer_loop import cosine_rate, outer_step, validation_accuracy
from medmeta_core.training.recipe import BaseSet, Recipe
from medmeta_core.training.run import LEARNERS, Places, run_recipe


class Mean(nn.Module):
    """Learns the mean of the queries' first labels: the gradient of half the squared distance."""

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor([10.0]))
        self.network = EmbeddingNetwork("conv4", 32, unit_length=False).requires_grad_(False)

    def at(self, fraction: float) -> None:
        """Nothing depends on it."""

    def learn(self, task: Task, share: float) -> tuple[float, float]:
        distance = self.value - float(task.query_labels[0])
        (share * distance.square() / 2).sum().backward()
        return float(distance.detach() ** 2) / 2, 0.5

    def card_entries(self) -> dict[str, Any]:
        return {}

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        yield self.value


def _tasks(*labels: int) -> list[Task]:
    empty = torch.empty(0)
    return [Task(empty, empty, empty, torch.tensor([label]), 2) for label in labels]


def test_a_step_follows_the_mean_gradient_of_its_tasks() -> None:
    """By hand: gradients 10 - 1, 10 - 2, 10 - 6 have mean 7; rate 0.1 moves 10 to 9.3."""
    learner = Mean()
    optimiser = torch.optim.SGD(learner.parameters(), lr=0.1)
    figures = outer_step(learner, optimiser, _tasks(1, 2, 6), recipe=replace(EPISODIC, batch=3))
    assert float(learner.value.detach()) == pytest.approx(9.3)
    assert figures["query loss"] == pytest.approx((81 + 64 + 16) / 2 / 3)
    assert figures["query accuracy"] == pytest.approx(0.5)


def test_a_long_gradient_is_cut_to_length_ten() -> None:
    learner = Mean()
    optimiser = torch.optim.SGD(learner.parameters(), lr=1.0)
    outer_step(learner, optimiser, _tasks(-990), recipe=replace(EPISODIC, batch=1))
    assert float(learner.value.detach()) == pytest.approx(0.0, abs=1e-4)


def test_the_rate_warms_up_and_falls_along_a_cosine() -> None:
    recipe = replace(EPISODIC, rate=1.0, batch=1, n_tasks=1000)
    assert cosine_rate(recipe, 0) == pytest.approx(0.01)
    assert cosine_rate(recipe, 500) == pytest.approx(0.5)
    assert cosine_rate(recipe, 999) < 1e-5


def test_a_short_run_warms_up_over_a_quarter_of_its_steps() -> None:
    recipe = replace(EPISODIC, rate=1.0, batch=1, n_tasks=40)
    assert cosine_rate(recipe, 0) == pytest.approx(0.1)
    assert cosine_rate(recipe, 9) == pytest.approx(0.5 * (1 + cos(pi * 9 / 40)))


def test_processes_share_the_tasks_of_a_step() -> None:
    shares = [list(ProcessGroup(rank, 3).share(8)) for rank in range(3)]
    assert shares == [[0, 3, 6], [1, 4, 7], [2, 5]]


@pytest.mark.parametrize("method", sorted(LEARNERS))
def test_a_look_at_validation_tasks_changes_nothing(
    places: Places, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outer_loop, "N_VALIDATION_TASKS", 2)
    torch.manual_seed(0)
    network = EmbeddingNetwork("conv4", 32, unit_length=False)
    learner = LEARNERS[method](network, EPISODIC)
    before = {name: tensor.clone() for name, tensor in learner.state_dict().items()}
    source = TaskSource(read_base_images(places.root, EPISODIC.sets), EPISODIC)
    accuracy = validation_accuracy(learner, source)
    assert 0 <= accuracy <= 1
    assert all(torch.equal(before[name], t) for name, t in learner.state_dict().items())
    assert all(parameter.grad is None for parameter in learner.parameters())


def _curve(places: Places, recipe: Recipe, name: str) -> list[float]:
    rows = (places.runs / recipe.name / "learning.csv").read_text().splitlines()
    return [float(row.split(",")[3]) for row in rows if f",{name}," in row]


def test_prototypes_learn_to_tell_stripes_apart_and_patients_unseen(places: Places) -> None:
    base_set = BaseSet("stripes", group="patient", validation_share=0.4, weight=1.0)
    recipe = replace(
        EPISODIC,
        method="prototypical",
        sets=(base_set,),
        n_tasks=80,
        n_shot=1,
        n_query=2,
        rate=0.2,
        validate_every=20,
    )
    run_recipe(recipe, places)
    losses = _curve(places, recipe, "query loss")
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])
    assert _curve(places, recipe, "validation accuracy")[-1] > 0.6  # chance is 1/3
