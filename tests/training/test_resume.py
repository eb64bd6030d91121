"""A run that was killed ends like one that was not, or is told why it cannot go on."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small_runs import EPISODIC, PRETRAIN, write_recipe

from medmeta_core.errors import MedMetaError, Stopped
from medmeta_core.training.loop.training_loop import CHECKPOINT
from medmeta_core.training.recipe import BaseSet, Recipe, RecipeError
from medmeta_core.training.run import Places, run_recipe

TRAIN = (
    "import sys, pathlib, torch; torch.set_num_threads(1);"
    "from medmeta_core.training.recipe_file import read_recipe;"
    "from medmeta_core.training.run import Places, run_recipe;"
    "recipe, root, out, runs = map(pathlib.Path, sys.argv[1:]);"
    "run_recipe(read_recipe(recipe), Places(root, out, runs), checkpoint_every_s=0)"
)


def test_runs_killed_at_any_moment_end_like_uninterrupted_ones(places: Places) -> None:
    """Both kinds, each in a process of its own that gets SIGKILL."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for recipe in (replace(PRETRAIN, n_images=16 * 40), replace(EPISODIC, n_tasks=4 * 24)):
        path = write_recipe(recipe, places.root / f"{recipe.name}.toml")
        arguments = [path, places.root, places.root / "killed", places.runs]
        process = subprocess.Popen(
            [sys.executable, "-c", TRAIN, *map(str, arguments)], env=environment
        )
        _kill_at(2, places.runs / recipe.name / CHECKPOINT, process)
        assert not (places.root / "killed" / f"{recipe.name}.json").exists()
        resumed = run_recipe(recipe, places)
        whole = run_recipe(recipe, replace(places, runs=places.root / "whole"))
        assert resumed is not None
        assert whole is not None
        assert resumed.sha256 == whole.sha256


def _kill_at(step: int, checkpoint: Path, process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL as soon as a checkpoint of this step or a later one lies there."""
    while not checkpoint.exists() or torch.load(checkpoint, weights_only=True)["step"] < step:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


class _StopAfter:
    """Stops a run at the given step, as a user does."""

    def __init__(self, step: int) -> None:
        self._label = f"step {step}/"

    def __call__(self, fraction: float, label: str) -> None:
        if label.startswith(self._label):
            raise Stopped


def _begun(recipe: Recipe, places: Places, *, step: int = 3) -> None:
    with pytest.raises(Stopped):
        run_recipe(recipe, places, progress=_StopAfter(step), checkpoint_every_s=0)


def _assert_resumed_as_whole(recipe: Recipe, places: Places) -> None:
    """What goes on from what lies in `places` ends with the weights of a run from the start."""
    resumed = run_recipe(recipe, places)
    whole = run_recipe(recipe, replace(places, runs=places.root / "whole"))
    assert resumed is not None
    assert whole is not None
    assert resumed.sha256 == whole.sha256


@pytest.mark.parametrize("recipe", [PRETRAIN, EPISODIC], ids=["distillation", "episodic"])
def test_a_run_does_not_go_on_with_another_recipe(places: Places, recipe: Recipe) -> None:
    _begun(recipe, places)
    for key, other in {
        "rate": 0.5,
        "batch": 8,
        "seed": 9,
        "sets": (BaseSet("stripes", flip=False),),
    }.items():
        with pytest.raises(RecipeError, match=key):
            run_recipe(replace(recipe, **{key: other}), places)


def test_a_run_does_not_go_on_with_other_pictures(places: Places) -> None:
    _begun(EPISODIC, places)
    picture = places.root / "stripes" / "0" / "0.png"
    picture.write_bytes((places.root / "stripes" / "1" / "0.png").read_bytes())
    with pytest.raises(RecipeError, match="pictures"):
        run_recipe(EPISODIC, places)


def test_a_run_goes_on_under_another_licence_text(places: Places) -> None:
    _begun(EPISODIC, places)
    licensed = replace(EPISODIC, sets=(BaseSet("stripes", licence="CC0"),))
    assert run_recipe(licensed, places) is not None


def test_a_distillation_may_be_made_longer_until_its_rate_falls(places: Places) -> None:
    longer = replace(PRETRAIN, n_images=16 * 36)
    _begun(PRETRAIN, places, step=15)  # of 30: the rate falls from 20 on
    _assert_resumed_as_whole(longer, places)


def test_a_distillation_whose_rate_falls_keeps_its_length(places: Places) -> None:
    growing = replace(PRETRAIN, view_sides=(16, 32))  # its views are larger once the rate falls
    _begun(growing, places, step=25)
    with pytest.raises(RecipeError, match=r"n_images \(was 480, is 576\)"):
        run_recipe(replace(growing, n_images=576), places)


def test_a_finished_distillation_goes_on_with_a_round_more(places: Places) -> None:
    longer = replace(PRETRAIN, rounds=(PRETRAIN.n_images,), n_images=720)
    assert run_recipe(PRETRAIN, places) is not None
    _assert_resumed_as_whole(longer, places)


def test_a_finished_distillation_cannot_be_made_shorter(places: Places) -> None:
    assert run_recipe(PRETRAIN, places) is not None
    with pytest.raises(RecipeError, match=r"n_images \(was 480, is 96\)"):
        run_recipe(replace(PRETRAIN, n_images=96), places)


def test_a_round_does_not_begin_where_the_run_before_did_not_end(places: Places) -> None:
    assert run_recipe(PRETRAIN, places) is not None
    with pytest.raises(RecipeError, match="rounds"):
        run_recipe(replace(PRETRAIN, rounds=(400,), n_images=720), places)


def test_a_damaged_checkpoint_is_reported(places: Places) -> None:
    _begun(EPISODIC, places)
    checkpoint = places.runs / EPISODIC.name / CHECKPOINT
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises(MedMetaError, match="damaged"):
        run_recipe(EPISODIC, places)


def test_a_checkpoint_from_before_runs_knew_their_origin_goes_on(places: Places) -> None:
    _begun(PRETRAIN, places)
    checkpoint = places.runs / PRETRAIN.name / CHECKPOINT
    state = torch.load(checkpoint, weights_only=True)
    torch.save({key: state[key] for key in ("student", "optimiser", "step")}, checkpoint)
    resumed = run_recipe(PRETRAIN, places)
    whole = run_recipe(PRETRAIN, replace(places, runs=places.root / "whole"))
    assert resumed is not None
    assert whole is not None
    assert resumed.sha256 == whole.sha256
