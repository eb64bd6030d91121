"""Training: recipes are checked, runs resume exactly, both kinds learn something."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from PIL import Image

from medmeta_core.embedding import EmbeddingNetwork, ModelCard, read_backbone, write_backbone
from medmeta_core.errors import Stopped
from medmeta_core.training.base_images import read_base_images, with_procedural
from medmeta_core.training.base_statistics import whitening
from medmeta_core.training.batches import Batch, Batches
from medmeta_core.training.distillation import Student, distillation_loss
from medmeta_core.training.recipe import BaseSet, Recipe, RecipeError, read_recipe
from medmeta_core.training.run import run_recipe

RECIPES = Path(__file__).resolve().parents[2] / "medmeta_core" / "training" / "recipes"
PRETRAIN = Recipe(
    "distillation",
    "small",
    "conv4",
    32,
    (BaseSet("stripes"),),
    n_images=480,
    batch=16,
    unit_length=False,
)
MAML = replace(
    PRETRAIN,
    kind="maml",
    name="meta",
    n_tasks=6,
    batch=2,
    n_way=3,
    n_shot=2,
    n_query=3,
    rate=1e-3,
    inner_rate=0.01,
    inner_steps=2,
)


@pytest.fixture()
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "stripes"
    rows = []
    for k in range(3):
        (folder / str(k)).mkdir(parents=True)
        for i, picture in enumerate(tiny.stripes(8, 3 + 4 * k, seed=40 + k)):
            pixels = (picture.permute(1, 2, 0).numpy() * 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / str(k) / f"{i}.png")
            rows.append({"file": f"{k}/{i}.png", "cls": str(k)})
    with (folder / "manifest.csv").open("w", newline="") as lines:
        writer = csv.DictWriter(lines, ["file", "cls"])
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_recipes_hold_nothing_that_may_not_be_trained_on(path: Path) -> None:
    held_out = {
        "brain_tumor_mri",
        "bone_xray_cancer",
        "dental_tooth_crops",
        "dermnet_growths",
        "dermnet_infection",
        "dermnet_inflammatory_a",
        "dermnet_inflammatory_b",
        "fundus_eye_disease",
        "head_ct_hemorrhage",
        "herlev_pap_smear",
        "odir_fundus_mini",
        "wbc_zheng",
        "actualmed_covid_cxr",
    }
    recipe = read_recipe(path)
    assert held_out.isdisjoint(Path(base_set.folder).name for base_set in recipe.sets)
    (skin,) = [s for s in recipe.sets if s.folder.endswith("ham10000")]
    assert set(skin.without) == {"df", "vasc"}


@pytest.mark.parametrize("text", ["kind = 1 =", 'kind = "maml"\nhaste = 3', 'kind = "maml"'])
def test_a_recipe_that_is_not_one_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(RecipeError):
        read_recipe(tmp_path / "r.toml")


def test_a_held_out_condition_is_not_read(root: Path) -> None:
    recipe = replace(PRETRAIN, sets=(BaseSet("stripes", without=("2",)),), n_images=32)
    card = run_recipe(recipe, root, out=root / "out", runs=root / "runs")
    assert card.facts["n_conditions"] == 2
    assert card.facts["n_images"] == 16


def test_a_run_writes_a_backbone_that_loads(root: Path) -> None:
    card = run_recipe(PRETRAIN, root, out=root / "out", runs=root / "runs")
    backbone = read_backbone(root / "out" / "small.json")
    assert backbone.card == card
    assert backbone.embed(tiny.stripes(2, 5, seed=0)).isfinite().all()


@pytest.mark.parametrize("recipe", [PRETRAIN, MAML], ids=["distillation", "maml"])
def test_killed_and_resumed_equals_uninterrupted(
    root: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = root / "start" / "begin.json"
    torch.manual_seed(1)
    network = EmbeddingNetwork("conv4", 32, unit_length=False)
    write_backbone(start.parent, network, ModelCard("begin", "conv4", 32, "", unit_length=False))
    monkeypatch.setattr("medmeta_core.training.checkpoint.Checkpoint.is_due", lambda self: True)

    whole = run_recipe(recipe, root, out=root / "a", runs=root / "ra", start=start)
    with pytest.raises(Stopped):
        run_recipe(recipe, root, out=root / "b", runs=root / "rb", start=start, progress=_StopAt(2))
    resumed = run_recipe(recipe, root, out=root / "b", runs=root / "rb", start=start)
    assert resumed.sha256 == whole.sha256


class _StopAt:
    """Stops a run when it tells of its second step."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def __call__(self, fraction: float, label: str) -> None:
        if label.startswith("step"):
            self._left -= 1
            if self._left < 0 or (self._left == 0 and fraction > 0):
                raise Stopped


def test_meta_training_learns_the_rate_and_the_head(root: Path) -> None:
    start = root / "start" / "begin.json"
    network = EmbeddingNetwork("conv4", 32, unit_length=False)
    write_backbone(start.parent, network, ModelCard("begin", "conv4", 32, "", unit_length=False))
    card = run_recipe(MAML, root, out=root / "out", runs=root / "runs", start=start)
    assert card.maml["rate"] != pytest.approx(MAML.inner_rate)
    assert read_backbone(root / "out" / "meta.json").head_start.abs().sum() > 0


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


def test_the_rate_is_constant_until_the_last_third_and_ends_near_zero() -> None:
    recipe = replace(PRETRAIN, n_images=16 * 3000, rate=1.0, first_side=16)
    assert recipe.rate_at(0) == pytest.approx(1 / 200)
    assert recipe.rate_at(1999) == 1.0
    assert recipe.rate_at(2500) == pytest.approx(0.5)
    assert recipe.rate_at(2999) < 0.002
    assert (recipe.side_at(1999), recipe.side_at(2001)) == (16, 32)


def test_procedural_pictures_carry_no_label(root: Path) -> None:
    images = with_procedural(read_base_images(root, PRETRAIN.sets), 4, seed=0)
    batch = Batches(images, replace(PRETRAIN, batch=64), [])[0]
    told = batch.labels.sum(1)
    assert set(told.tolist()) == {0.0, 1.0}
    assert images.pixels[-4:].float().std() > 10


def test_maml_without_a_start_is_refused(root: Path) -> None:
    with pytest.raises(RecipeError, match="start"):
        run_recipe(MAML, root, out=root / "out", runs=root / "runs")


def test_whitened_features_vary_alike_in_every_direction() -> None:
    generator = torch.Generator().manual_seed(0)
    spreads = torch.tensor([5.0, 1.0, 0.5])
    features = torch.randn(4000, 3, generator=generator) * spreads
    whitened = (features - features.mean(0)) @ whitening(features)
    variances = torch.linalg.eigvalsh(torch.cov(whitened.T))
    torch.testing.assert_close(variances[-2:], torch.ones(2), atol=0.1, rtol=0)
    assert variances[0] < 1  # the direction that hardly varies is held back
