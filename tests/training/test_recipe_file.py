"""Recipes on disk: the shipped ones keep to the rules, wrong ones are told so."""

from dataclasses import replace
from pathlib import Path

import pytest
from small_runs import EPISODIC, PRETRAIN, write_recipe

from medmeta_core.training.joint_recipe import is_joint, read_joint_recipe
from medmeta_core.training.recipe import BaseSet, RecipeError
from medmeta_core.training.recipe_file import read_recipe
from medmeta_core.training.run import Places, run_recipe

RECIPES = Path(__file__).resolve().parents[2] / "medmeta_core" / "training" / "recipes"


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
        "bacteria_gram_dibas",
        "oct_diabetic_mexico",
        "oral_disease_photos",
        "wounds_medetec",
        "cervix_colposcopy_type",
        "ecg_beat_plots",
    }
    recipe = read_joint_recipe(path) if is_joint(path) else read_recipe(path)
    assert held_out.isdisjoint(Path(base_set.folder).name for base_set in recipe.sets)
    (skin,) = [s for s in recipe.sets if s.folder.endswith("ham10000")]
    assert set(skin.without) == {"df", "vasc"}


def test_a_recipe_reads_as_it_was_written(tmp_path: Path) -> None:
    written = replace(
        EPISODIC,
        sets=(BaseSet("a", flip=False, without=("x",), group="patient"), BaseSet("b", weight=2)),
    )
    assert read_recipe(write_recipe(written, tmp_path / "r.toml")) == written


def test_sets_may_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "sets.toml").write_text('[[sets]]\nfolder = "a"\nturn = true\n')
    (tmp_path / "r.toml").write_text(
        'kind = "distillation"\nname = "n"\narchitecture = "conv4"\ninput_side = 64\n'
        'sets = "sets.toml"\n'
    )
    assert read_recipe(tmp_path / "r.toml").sets == (BaseSet("a", turn=True),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind = 1 =", "not TOML"),
        ('kind = "episodic"\nhaste = 3', "haste"),
        ('kind = "episodic"', "lacks name, architecture, input_side"),
        ('kind = "episodic"\nsets = 3', "sets: a list of tables, found 3"),
    ],
)
def test_a_recipe_that_is_not_one_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(RecipeError, match=message):
        read_recipe(tmp_path / "r.toml")


@pytest.mark.parametrize(
    ("key", "shown_value", "message"),
    [
        ("batch", 0, "batch: at least 1"),
        ("batch", 1000, r"batch \(1000\) is more than the whole run, n_tasks \(24\)"),
        ("rounds", (90, 60), "increasing numbers of pictures"),
        ("rounds", (EPISODIC.n_images,), "increasing numbers of pictures"),
        ("view_sides", (16,), "two"),
        ("view_sides", (0, 64), "found 0"),
        ("input_side", 8, "16 to 1024, found 8"),
        ("rounds", (EPISODIC.n_images - 1,), "at least a batch apart"),
        ("rate", float("nan"), "more than 0, found nan"),
        ("weight_decay", -1.0, "at least 0"),
        ("name", "..", "a file's name"),
        ("sets", (BaseSet("a", without=("x",), validation=("x",)),), "both name x"),
        ("rate", "fast", "rate: expected float"),
        ("rate", -1.0, "more than 0"),
        ("n_way", 1, "n_way: at least 2"),
        ("architecture", "vgg", "conv4"),
        ("name", "../up", "a file's name"),
        ("sets", (), "at least one"),
        ("sets", (BaseSet("a/x"), BaseSet("b/x")), "same name"),
        ("sets", (BaseSet("a", weight=0.0),), "weight"),
        ("sets", (BaseSet("a", validation_share=1.0),), "validation_share"),
    ],
)
def test_a_value_out_of_range_is_refused(
    tmp_path: Path, key: str, shown_value: object, message: str
) -> None:
    path = write_recipe(replace(EPISODIC, **{key: shown_value}), tmp_path / "r.toml")
    with pytest.raises(RecipeError, match=message):
        read_recipe(path)


@pytest.mark.parametrize("rounds", [(90, 60), (480,), (470, 475)])
def test_rounds_grow_by_a_batch_at_least(tmp_path: Path, rounds: tuple[int, ...]) -> None:
    path = write_recipe(replace(PRETRAIN, rounds=(160,)), tmp_path / "r.toml")
    assert read_recipe(path).rounds == (160,)
    path = write_recipe(replace(PRETRAIN, rounds=rounds), tmp_path / "r.toml")
    with pytest.raises(RecipeError, match="at least a batch apart"):
        read_recipe(path)


@pytest.mark.parametrize(
    ("kind", "method", "message"),
    [("haste", "", "kind"), ("episodic", "guessing", "maml"), ("parts", "", "--from")],
)
def test_what_a_recipe_asks_for_must_exist(
    places: Places, kind: str, method: str, message: str
) -> None:
    with pytest.raises(RecipeError, match=message):
        run_recipe(replace(EPISODIC, kind=kind, method=method), places)


def test_the_rate_is_constant_until_the_last_third_and_ends_near_zero() -> None:
    recipe = replace(PRETRAIN, n_images=16 * 3000, rate=1.0, view_sides=(16, 32))
    assert recipe.rate_at(0) == pytest.approx(1 / 200)
    assert recipe.rate_at(1999) == 1.0
    assert recipe.rate_at(2500) == pytest.approx(0.5)
    assert recipe.rate_at(2999) < 0.002
    assert (recipe.side_at(1999), recipe.side_at(2001)) == (16, 32)


def test_a_new_round_repeats_how_the_rate_rises_and_falls() -> None:
    once = replace(PRETRAIN, n_images=16 * 900, rate=1.0, view_sides=(16, 32))
    twice = replace(once, rounds=(16 * 900,), n_images=16 * 1800)
    for step in range(900):
        assert (
            twice.rate_at(step)
            == pytest.approx(twice.rate_at(900 + step))
            == pytest.approx(once.rate_at(step))
        )
        assert twice.side_at(step) == twice.side_at(900 + step) == once.side_at(step)


def test_the_recipe_in_the_guide_is_complete(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs/how-to/train.md").read_text(encoding="utf-8")
    (tmp_path / "r.toml").write_text(guide.split("```toml\n")[1].split("```")[0])
    recipe = read_recipe(tmp_path / "r.toml")
    assert recipe.method == "maml"
    assert recipe.n_steps >= 100
