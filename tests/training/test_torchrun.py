"""Two processes under torchrun learn what one process learns."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from small_runs import EPISODIC, PRETRAIN, write_recipe, write_stripes
from torch import nn

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.embedding.inference.engine import lowered
from medmeta_core.training.inputs.base_images import read_base_images
from medmeta_core.training.inputs.batches import Batches
from medmeta_core.training.learners.distillation import Student
from medmeta_core.training.loop.distributed import ProcessGroup
from medmeta_core.training.loop.training_loop import CHECKPOINT
from medmeta_core.training.recipe import Recipe, RecipeError
from medmeta_core.training.run import Places, run_recipe

TRAIN_ALL = (
    "import sys, pathlib, torch; torch.set_num_threads(1);"
    "from medmeta_core.training.recipe_file import read_recipe;"
    "from medmeta_core.training.run import Places, run_recipe;"
    "root, out, runs, *recipes = map(pathlib.Path, sys.argv[1:]);"
    "[run_recipe(read_recipe(recipe), Places(root, out, runs)) for recipe in recipes]"
)
SHORT = replace(PRETRAIN, n_images=16 * 6)
FOUR_TASKS = replace(EPISODIC, batch=4, n_tasks=24)


@pytest.fixture(scope="module")
def by_two(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Both kinds, trained by two processes that share each step's four tasks or 16 pictures."""
    root = write_stripes(tmp_path_factory.mktemp("by_two"))
    recipes = [write_recipe(recipe, root / f"{recipe.name}.toml") for recipe in (FOUR_TASKS, SHORT)]
    script = root / "train_all.py"
    script.write_text(TRAIN_ALL)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    arguments = ["--nproc-per-node", "2", script, root, root / "out", root / "runs", *recipes]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "OMP_NUM_THREADS": "1",
    }
    subprocess.run([*launcher, *map(str, arguments)], env=environment, check=True, timeout=600)
    return Places(root, root / "out", root / "runs")


def test_two_processes_meta_train_as_one_with_twice_the_tasks(
    by_two: Places, places: Places
) -> None:
    """Each takes two tasks of a step; one process alone takes all four."""
    run_recipe(FOUR_TASKS, places)
    shared, alone = (_learned(p, FOUR_TASKS, "learned") for p in (by_two, places))
    for name, weights in alone.items():
        torch.testing.assert_close(shared[name], weights, atol=1e-6, rtol=0)


def test_two_processes_distil_along_the_mean_gradient_of_both(
    by_two: Places, places: Places
) -> None:
    """Each draws half the batch; here both halves are drawn by hand in one process."""
    images = read_base_images(by_two.root, SHORT.sets)
    halves = [Batches(images, SHORT, [], ranks=ProcessGroup(rank, 2)) for rank in (0, 1)]
    torch.manual_seed(SHORT.seed)
    network = EmbeddingNetwork("conv4", SHORT.input_side, unit_length=False)
    student = Student(network, len(images.conditions), []).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(student.parameters(), lr=SHORT.rate, weight_decay=0.05)
    for step in range(SHORT.n_steps):
        optimiser.param_groups[0]["lr"] = SHORT.rate_at(step)
        optimiser.zero_grad()
        for half in halves:
            smooth = 0.9 * half[step].labels + 0.1 / len(images.conditions)
            with lowered():
                _, logits = student(half[step].pixels.to(memory_format=torch.channels_last))
            (F.cross_entropy(logits.float(), smooth) / 2).backward()
        nn.utils.clip_grad_norm_(student.parameters(), 5.0)
        optimiser.step()
    shared = _learned(by_two, SHORT, "student")
    for name, weights in student.state_dict().items():
        torch.testing.assert_close(shared[name], weights, atol=1e-6, rtol=0)


def test_only_the_first_process_writes(by_two: Places) -> None:
    steps = [
        line.split(",")[0]
        for line in (by_two.runs / "meta" / "learning.csv").read_text().splitlines()
        if ",query loss," in line
    ]
    assert steps == [str(step) for step in range(FOUR_TASKS.n_steps)]


def test_a_batch_that_processes_cannot_share_is_refused(places: Places) -> None:
    with pytest.raises(RecipeError, match="3 processes"):
        Batches(read_base_images(places.root, SHORT.sets), SHORT, [], ranks=ProcessGroup(0, 3))


def _learned(places: Places, recipe: Recipe, part: str) -> dict[str, torch.Tensor]:
    state = torch.load(places.runs / recipe.name / CHECKPOINT, weights_only=True)
    assert state["step"] == recipe.n_steps
    learned: dict[str, torch.Tensor] = state[part]
    return learned
