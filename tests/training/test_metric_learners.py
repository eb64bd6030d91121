"""What metric and closed-form methods learn: networks from pixels, parts from embeddings."""

from dataclasses import replace
from pathlib import Path

import pytest
import small_runs
import tiny
import torch
from sklearn.linear_model import Ridge
from torch import nn

from medmeta_core.embedding import EmbeddingNetwork, ModelCard, read_backbone, write_backbone
from medmeta_core.methods import METHODS
from medmeta_core.training.inputs.tasks import Task
from medmeta_core.training.learners.metric_learners import (
    MatchingLearner,
    PrototypicalLearner,
    RelationLearner,
    RidgeLearner,
)
from medmeta_core.training.learners.part_training import PARTS
from medmeta_core.training.recipe import RecipeError
from medmeta_core.training.run import Places, run_recipe

LEARNERS = [PrototypicalLearner, RidgeLearner, RelationLearner, MatchingLearner]
TASKS = replace(small_runs.EPISODIC, kind="parts", n_images=48, n_tasks=32, rate=1e-3)


def task(*, embedded: bool = False) -> Task:
    support, query = tiny.support((2, 2)), tiny.support((3, 3), seed=7)
    pixels_of = [support.pixels, query.pixels]
    if embedded:
        pixels_of = [tiny.backbone().embed(pixels).clone() for pixels in pixels_of]
    return Task(pixels_of[0], support.labels, pixels_of[1], query.labels, 2)


def learner_of(make: type[nn.Module]) -> nn.Module:
    torch.manual_seed(0)
    return make(EmbeddingNetwork("conv4", 32), small_runs.EPISODIC)


@pytest.mark.parametrize("make", LEARNERS)
def test_half_a_share_is_half_the_gradient(make: type[nn.Module]) -> None:
    task_ = task(embedded=make in PARTS.values())
    gradients = []
    for share in (1.0, 0.5):
        learner = learner_of(make)
        learner.learn(task_, share)
        gradients.append([p.grad for p in learner.parameters() if p.grad is not None])
    assert any(gradient.abs().sum() > 0 for gradient in gradients[0])
    for whole, half in zip(*gradients, strict=True):
        torch.testing.assert_close(half, whole / 2)


@pytest.mark.parametrize("make", LEARNERS)
def test_steps_along_the_gradient_lower_the_loss_of_a_task(make: type[nn.Module]) -> None:
    seen, learner = task(embedded=make in PARTS.values()), learner_of(make)
    optimiser = torch.optim.Adam(learner.parameters(), lr=1e-3)
    losses = []
    for _ in range(8):
        optimiser.zero_grad()
        losses.append(learner.learn(seen, 1.0)[0])
        optimiser.step()
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("make", [RelationLearner, MatchingLearner])
def test_a_part_moves_without_its_backbone(make: type[nn.Module]) -> None:
    learner = learner_of(make)
    inside = {id(parameter) for parameter in learner.network.parameters()}
    assert not inside & {id(parameter) for parameter in learner.parameters()}


def test_the_ridge_that_is_learned_through_is_that_of_sklearn() -> None:
    seen, learner = task(), learner_of(RidgeLearner)
    with torch.no_grad():
        examples, queries = learner.network(seen.support), learner.network(seen.query)
        centred = examples - examples.mean(0)
        penalty = float((centred @ centred.T).diagonal().mean())
        model = Ridge(alpha=penalty).fit(
            examples.numpy(), nn.functional.one_hot(seen.support_labels).numpy()
        )
        regressed = torch.tensor(model.predict(queries.numpy()))
        scores = learner.log_scale.exp() * regressed
    expected = nn.functional.cross_entropy(scores, seen.query_labels)
    assert learner.learn(seen, 1.0)[0] == pytest.approx(float(expected), abs=1e-4)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    root = small_runs.write_stripes(tmp_path_factory.mktemp("data"))
    out = tmp_path_factory.mktemp("out")
    torch.manual_seed(0)
    write_backbone(out, EmbeddingNetwork("conv4", 32), ModelCard("small", "conv4", 32, ""))
    return Places(root, out, out / "runs", out / "small.json")


def test_one_command_learns_every_part_of_a_backbone(places: Places) -> None:
    card = run_recipe(TASKS, places)
    assert card == ModelCard.read(places.out / "small.json")
    backbone = read_backbone(places.out / "small.json")
    assert sorted(backbone.parts) == sorted(PARTS)
    for name, make in PARTS.items():
        unlearned = learner_of(make).module.state_dict()
        learned = backbone.part(name)
        assert any(not torch.equal(learned[key], unlearned[key]) for key in learned)
        rows = (
            METHODS[name]
            .make(backbone)
            .fit(tiny.support())
            .predict_proba(tiny.stripes(2, 3, seed=1))
        )
        assert rows.isfinite().all()


def test_the_same_recipe_learns_the_same_parts(places: Places, tmp_path: Path) -> None:
    again = replace(places, out=tmp_path, runs=tmp_path / "runs")
    for target in (places, again):
        run_recipe(TASKS, target)
    for name in PARTS:
        file = f"small.{name}.safetensors"
        assert (places.out / file).read_bytes() == (tmp_path / file).read_bytes()


def test_parts_without_a_backbone_are_refused(places: Places) -> None:
    with pytest.raises(RecipeError, match="needs --from"):
        run_recipe(TASKS, replace(places, start=None))
