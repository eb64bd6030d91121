"""Training: what a run yields, and what its parts compute."""

from dataclasses import replace

import pytest
import tiny
import torch
from small_runs import EPISODIC, PRETRAIN

from medmeta_core.embedding import EmbeddingNetwork, read_backbone
from medmeta_core.errors import BackboneError
from medmeta_core.training.finishing import WHITENING_FLOOR, whitening
from medmeta_core.training.inputs.base_images import read_base_images, with_procedural
from medmeta_core.training.inputs.batches import Batch, Batches
from medmeta_core.training.learners.distillation import Student, distillation_loss
from medmeta_core.training.learners.starts import STARTS
from medmeta_core.training.recipe import BaseSet, RecipeError
from medmeta_core.training.run import LEARNERS, Places, run_recipe


def test_a_held_out_condition_is_not_read(places: Places) -> None:
    recipe = replace(PRETRAIN, sets=(BaseSet("stripes", without=("2",)),), n_images=32)
    card = run_recipe(recipe, places)
    assert card is not None
    assert card.facts["n_conditions"] == 2
    assert card.facts["n_images"] == 16


def test_a_run_writes_a_backbone_that_loads(places: Places) -> None:
    card = run_recipe(PRETRAIN, places)
    backbone = read_backbone(places.out / "small.json")
    assert backbone.card == card
    assert backbone.embed(tiny.stripes(2, 5, seed=0)).isfinite().all()


def test_a_run_that_diverged_writes_nothing(places: Places) -> None:
    with pytest.raises(RecipeError, match="no longer finite"):
        run_recipe(replace(PRETRAIN, n_images=64, rate=1e38), places)
    assert not (places.out / "small.json").exists()


def test_a_distillation_whose_recipe_names_a_start_is_not_started_from_another(
    places: Places,
) -> None:
    run_recipe(replace(PRETRAIN, n_images=16), places)
    named = replace(PRETRAIN, name="other", start=next(iter(STARTS)))
    with pytest.raises(RecipeError, match="--from"):
        run_recipe(named, replace(places, start=places.out / "small.json"))


def test_a_distillation_goes_on_from_a_backbone_and_keeps_its_normalisation(
    places: Places,
) -> None:
    first = replace(PRETRAIN, architecture="resnet18-two-stages", n_images=32)
    begun_card = run_recipe(first, places)
    begun = replace(places, start=places.out / "small.json")
    assert begun_card is not None
    card = run_recipe(replace(first, name="second", teachers=("small",)), begun)
    assert card is not None
    assert card.facts["start"] == {"name": "small", "sha256": begun_card.sha256}
    assert card.facts["teachers"] == ["small"]
    before, after = (
        read_backbone(places.out / f"{name}.json").network.state_dict()
        for name in ("small", "second")
    )
    for name, tensor in after.items():
        if "running" in name:
            assert torch.equal(tensor, before[name])
        elif tensor.ndim == 4:
            assert not torch.equal(tensor, before[name])


def test_a_teacher_that_does_not_lie_there_is_told(places: Places) -> None:
    with pytest.raises(BackboneError, match="absent"):
        run_recipe(replace(PRETRAIN, teachers=("absent",)), places)


@pytest.mark.parametrize("method", sorted(LEARNERS))
def test_every_method_is_meta_trained_from_a_backbone(places: Places, method: str) -> None:
    run_recipe(replace(PRETRAIN, n_images=16), places)
    begun = replace(places, start=places.out / "small.json")
    card = run_recipe(replace(EPISODIC, method=method, n_tasks=4, rate=0.2), begun)
    assert card is not None
    before, after = (read_backbone(places.out / f"{n}.json").network for n in ("small", "meta"))
    moved = [
        (a - b).abs().max() for a, b in zip(before.parameters(), after.parameters(), strict=True)
    ]
    assert all(difference > 0 for difference in moved)


def test_meta_training_learns_the_rates_and_leaves_the_head_at_zero(places: Places) -> None:
    card = run_recipe(EPISODIC, places)
    assert card is not None
    assert card.maml["rate"] != pytest.approx(EPISODIC.inner_rate)
    assert read_backbone(places.out / "meta.json").initial_head.abs().sum() == 0


def test_a_start_of_another_architecture_is_refused(places: Places) -> None:
    run_recipe(replace(PRETRAIN, n_images=32), places)
    begun = replace(places, start=places.out / "small.json")
    with pytest.raises(RecipeError, match="conv4"):
        run_recipe(replace(EPISODIC, architecture="resnet18"), begun)


def test_a_student_that_equals_its_teacher_has_no_loss() -> None:
    student = Student(EmbeddingNetwork("conv4", 32, unit_length=False), 2, [32])
    torch.nn.init.dirac_(student.projections[0].weight)
    torch.nn.init.zeros_(student.projections[0].bias)
    maps = torch.rand(4, 32, 2, 2)
    whole = torch.nn.functional.normalize(maps.mean((2, 3)), dim=1)
    places = torch.nn.functional.normalize(maps, dim=1)
    batch = Batch(torch.empty(0), torch.empty(0), 0, whole, places)
    assert distillation_loss(student, maps, batch).item() == pytest.approx(0, abs=1e-5)
    assert distillation_loss(student, torch.randn(4, 32, 2, 2), batch).item() > 0.1


def test_procedural_pictures_carry_no_label(places: Places) -> None:
    images = with_procedural(read_base_images(places.root, PRETRAIN.sets), 4, seed=0)
    batch = Batches(images, replace(PRETRAIN, batch=64), [])[0]
    sums = batch.labels.sum(1)
    assert set(sums.tolist()) == {0.0, 1.0}
    assert images.pixels[-4:].float().std() > 10


def test_whitened_features_vary_alike_but_for_directions_that_hardly_vary() -> None:
    generator = torch.Generator().manual_seed(0)
    spreads = torch.tensor([5.0, 1.0, 0.5])
    features = torch.randn(4000, 3, generator=generator) * spreads
    whitened = (features - features.mean(0)) @ whitening(features)
    variances = torch.cov(whitened.T).diagonal().sort().values
    sorted_variances = spreads.square().sort().values
    expected = sorted_variances / (sorted_variances + WHITENING_FLOOR * sorted_variances.mean())
    torch.testing.assert_close(variances, expected, atol=0.05, rtol=0)
