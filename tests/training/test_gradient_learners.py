"""What MAML, ANIL and Reptile learn from a task, against plain autograd, and by hand."""

from dataclasses import replace

import pytest
import tiny
import torch
import torch.nn.functional as F
from small_runs import EPISODIC
from torch.func import functional_call

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.methods.inner_loop import InnerLoop, class_balanced_weights
from medmeta_core.training.conv4.maml_sweep import can_sweep
from medmeta_core.training.inputs.tasks import Task
from medmeta_core.training.learners import gradient_learners
from medmeta_core.training.learners.gradient_learners import (
    LAST_STEPS,
    AnilLearner,
    MamlLearner,
    ReptileLearner,
    step_importance,
)

RECIPE = replace(EPISODIC, first_order=False, inner_rate=0.02, inner_steps=2, input_side=64)


def _task() -> Task:
    support, query = tiny.support((2, 3), seed=1), tiny.support((2, 2), seed=9)
    side = (64, 64)
    return Task(
        F.interpolate(support.pixels, side),
        support.labels,
        F.interpolate(query.pixels, side),
        query.labels,
        2,
    )


def _network(*, unit_length: bool = False) -> EmbeddingNetwork:
    torch.manual_seed(0)
    return EmbeddingNetwork("conv4", 64, unit_length=unit_length)


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.15, 0.9])
def test_the_importance_of_the_steps_sums_to_one_and_moves_to_the_last(fraction: float) -> None:
    importance = step_importance(fraction, 5)
    assert importance.sum().item() == pytest.approx(1)
    assert importance[-1].item() == pytest.approx(importance.max().item())
    assert (importance[:-1] == 0).all() == (fraction >= 0.15)


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("fraction", [0.0, 0.9])
def test_the_sweep_teaches_the_same_as_autograd(
    first_order: bool, fraction: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, task = replace(RECIPE, first_order=first_order), _task()
    learners = [MamlLearner(_network(), recipe) for _ in range(2)]
    if not can_sweep(learners[0].network, task.support):
        pytest.skip("needs a C compiler")
    results = []
    for learner in learners:
        learner.at(fraction)
        results.append(learner.learn(task, 0.5))
        monkeypatch.setattr(gradient_learners, "can_sweep", lambda *_: False)
    assert results[0] == pytest.approx(results[1], rel=1e-4)
    pairs = zip(learners[0].named_parameters(), learners[1].parameters(), strict=True)
    for (name, swept), plain in pairs:
        assert swept.grad is not None, name
        assert plain.grad is not None, name
        length = plain.grad.norm().clamp_min(1e-6)
        assert ((swept.grad - plain.grad).norm() / length).item() < 1e-3, name


def test_the_gradient_of_every_rate_equals_finite_differences() -> None:
    learner, task = MamlLearner(_network(unit_length=True).double(), RECIPE).double(), _task()
    task = replace(task, support=task.support.double(), query=task.query.double())
    learner.at(0.9)
    learner.learn(task, 1.0)
    assert learner.log_rates.grad is not None
    for place in [(0, 0), (3, 1), (12, 0)]:
        analytic, losses = learner.log_rates.grad[place].item(), []
        for step in (-1e-5, 1e-5):
            learner.log_rates.data[place] += step
            losses.append(learner.learn(task, 0.0)[0])
            learner.log_rates.data[place] -= step
        assert analytic == pytest.approx((losses[1] - losses[0]) / 2e-5, rel=1e-3, abs=1e-9)


def test_what_anil_learns_equals_autograd_through_the_inner_steps_of_the_head() -> None:
    learner, task = AnilLearner(_network(), RECIPE), _task()
    learner.learn(task, 1.0)
    plain = _network()
    head = torch.zeros(2, plain.n_features, requires_grad=True)
    bias = torch.zeros(2, requires_grad=True)
    examples, queries = plain(task.support), plain(task.query)
    weights = class_balanced_weights(task.support_labels, 2)
    for _ in range(RECIPE.inner_steps):
        losses = F.cross_entropy(
            F.linear(examples, head, bias), task.support_labels, reduction="none"
        )
        slopes = torch.autograd.grad((weights * losses).sum(), [head, bias], create_graph=True)
        head, bias = head - 0.02 * slopes[0], bias - 0.02 * slopes[1]
    F.cross_entropy(F.linear(queries, head, bias), task.query_labels).backward()
    for ours, theirs in zip(learner.network.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-6, rtol=1e-3)


@pytest.mark.parametrize("is_swept", [False, True])
def test_a_step_of_sgd_moves_reptile_by_epsilon_towards_the_adapted_weights(
    is_swept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, epsilon = _task(), 0.25
    learner = ReptileLearner(_network(), RECIPE)
    if is_swept and not can_sweep(learner.network, task.support):
        pytest.skip("needs a C compiler")
    monkeypatch.setattr(gradient_learners, "can_sweep", lambda *_: is_swept)
    before = {name: p.detach().clone() for name, p in learner.network.named_parameters()}
    learner.learn(task, 1.0)
    torch.optim.SGD(learner.parameters(), lr=epsilon).step()

    head = {"head.weight": torch.zeros(2, learner.network.n_features), "head.bias": torch.zeros(2)}
    network = _network()
    adapted = before | head
    for n, pixels, labels in [
        (RECIPE.inner_steps, task.support, task.support_labels),
        (LAST_STEPS, task.query, task.query_labels),
    ]:
        for _ in range(n):  # plain gradient descent
            leaves = {name: p.detach().requires_grad_() for name, p in adapted.items()}
            body = {name: p for name, p in leaves.items() if not name.startswith("head.")}
            embeddings = functional_call(network, body, (pixels,))
            scores = F.linear(embeddings, leaves["head.weight"], leaves["head.bias"])
            losses = F.cross_entropy(scores, labels, reduction="none")
            (class_balanced_weights(labels, 2) * losses).sum().backward()
            adapted = {name: p.detach() - 0.02 * p.grad for name, p in leaves.items()}
    for name, parameter in learner.network.named_parameters():
        expected = before[name] + epsilon * (adapted[name] - before[name])
        torch.testing.assert_close(parameter.detach(), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("learner_of", [MamlLearner, AnilLearner])
def test_a_start_that_all_rows_share_changes_neither_answers_nor_gradients_so_none_is_learned(
    learner_of: type[MamlLearner] | type[AnilLearner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradient_learners, "can_sweep", lambda *_: False)
    task, task_ = _task().to(torch.device("cpu")), []
    task = replace(task, support=task.support.double(), query=task.query.double())
    for spread in (0.0, 0.3):
        learner = learner_of(_network().double(), RECIPE).double()
        learner.initial_head.normal_(std=spread, generator=torch.Generator().manual_seed(3))
        assert "initial_head" not in dict(learner.named_parameters())
        told = learner.learn(task, 1.0)
        task_.append((told, [p.grad for p in learner.parameters()]))
    (told, slopes), (told_so, slopes_so) = task_
    assert told == pytest.approx(told_so, rel=1e-9)
    for slope, same in zip(slopes, slopes_so, strict=True):
        torch.testing.assert_close(slope, same, atol=1e-10, rtol=1e-6)


def test_the_mean_row_of_a_head_never_moves_so_reptile_learns_no_head() -> None:
    network, task = _network(), _task()
    start = {"head.weight": torch.zeros(2, network.n_features), "head.bias": torch.zeros(2)}
    examples = (task.support, task.support_labels, class_balanced_weights(task.support_labels, 2))
    adapted = InnerLoop(0.1, 3).adapt(network, start, examples)
    assert adapted["head.weight"].detach().abs().max() > 1e-3
    assert adapted["head.weight"].detach().mean(0).abs().max() < 1e-6


def test_the_card_states_a_rate_for_every_layer_and_step() -> None:
    entries = MamlLearner(_network(), RECIPE).card_entries()
    assert set(entries["inner_rates"]) == {
        *(name for name, _ in _network().named_parameters()),
        "head.weight",
        "head.bias",
    }
    assert all(row == pytest.approx([0.02, 0.02]) for row in entries["inner_rates"].values())
