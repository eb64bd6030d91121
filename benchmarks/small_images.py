"""Learning to learn on images in minutes: four methods on glyphs, from random weights.

Conv-4 of the papers at 28 px, whose last maps are 1 x 1 (Finn et al. 2017, section 5.2), is
meta-trained on 100 signs by the outer step of `medmeta meta-train`, in tasks of 5 signs with 1 to
5 examples, at a constant rate: its warm-up of 100 steps would be most of so short a run. Measured
on 40 signs that were never seen, 5-way, mean over episodes with 95 % interval, the same episodes
for all; beside each method the same network untrained. MAML and Reptile, whose tasks cost several
times as much, get half of the tasks. Prints a Markdown table.
Run: python benchmarks/small_images.py [--tasks 800] [--episodes 100] [--processes 2]
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from glyphs import SIDE, draw_glyphs
from pairing import markdown
from torch import Tensor

from medmeta_core.datasets import LabelledSet
from medmeta_core.embedding import Backbone, EmbeddingNetwork, ModelCard
from medmeta_core.episodes import EpisodeSampler, EpisodeShape
from medmeta_core.evaluation import Estimate, predict_episodes
from medmeta_core.methods import METHODS
from medmeta_core.training.inputs.base_images import BaseImages
from medmeta_core.training.inputs.tasks import TaskSource, plain
from medmeta_core.training.learners.gradient_learners import (
    AnilLearner,
    MamlLearner,
    ReptileLearner,
)
from medmeta_core.training.learners.metric_learners import PrototypicalLearner
from medmeta_core.training.loop.outer_loop import Learner, outer_step
from medmeta_core.training.recipe import BaseSet, Recipe

N_TRAINED, N_NEW, N_DRAWINGS = 100, 40, 20
SHOTS = (1, 5)
CHANNELS = 32

RECIPE = Recipe(
    "episodic",
    "glyphs",
    "conv4",
    SIDE,
    (BaseSet("glyphs", flip=False),),
    unit_length=False,
    batch=2,
    rate=2e-3,
    n_query=5,
    inner_rate=0.4,
    inner_steps=3,
    first_order=False,
)


@dataclass(frozen=True)
class Contender:
    """What learns, by which recipe, and with how many of the tasks.

    Attributes:
        share: of the tasks asked for; those that cost more get fewer.
    """

    learner: Callable[[EmbeddingNetwork, Recipe], Learner]
    recipe: Recipe
    share: float = 1.0


CONTENDERS = {
    "prototypical": Contender(PrototypicalLearner, RECIPE),
    "maml": Contender(MamlLearner, RECIPE, share=0.5),
    "anil": Contender(AnilLearner, RECIPE),
    "reptile": Contender(ReptileLearner, replace(RECIPE, inner_rate=0.1), share=0.5),
}


def network() -> EmbeddingNetwork:
    """Conv-4 with random weights; one feature for each of its last maps."""
    torch.manual_seed(0)
    fresh = EmbeddingNetwork("conv4", SIDE, unit_length=False)
    fresh.grid, fresh.n_features, fresh.base_mean = 1, CHANNELS, torch.zeros(CHANNELS)
    return fresh


def signs_to_learn() -> BaseImages:
    """The signs that are trained on."""
    pixels, labels = draw_glyphs(N_TRAINED, N_DRAWINGS, seed=1)
    names = tuple(f"sign {k}" for k in range(N_TRAINED))
    nobody = (None,) * len(labels)
    return BaseImages(pixels, labels, torch.zeros_like(labels), names, RECIPE.sets, nobody)


def new_signs() -> LabelledSet:
    """Signs that nobody learned."""
    pixels, labels = draw_glyphs(N_NEW, N_DRAWINGS, seed=2)
    names = tuple(f"new sign {k}" for k in range(N_NEW))
    return LabelledSet(pixels, labels, names, (None,) * len(labels), ())


def learn(contender: Contender, n_tasks: int) -> Learner:
    """A learner after the outer loop over `n_tasks` tasks."""
    recipe = replace(contender.recipe, n_tasks=int(n_tasks * contender.share))
    learner = contender.learner(network(), recipe)
    source = TaskSource(signs_to_learn(), recipe, look=plain)
    optimiser = torch.optim.AdamW(learner.parameters(), lr=recipe.rate, weight_decay=0.0)
    learner.train()
    for step in range(recipe.n_steps):
        learner.at(step / recipe.n_steps)
        numbers = range(step * recipe.batch, (step + 1) * recipe.batch)
        outer_step(learner, optimiser, map(source.numbered, numbers), recipe=recipe)
    return learner


def backbone(learner: Learner) -> Backbone:
    """What was learned, as the methods take it."""
    network = learner.network.eval().requires_grad_(False)
    card = ModelCard("glyphs", "conv4", SIDE, "0" * 64, unit_length=False, **learner.card_entries())
    return Backbone(card, network, torch.zeros(network.n_features))


def reached(method: str, learned: Backbone, n_shot: int, n_episodes: int) -> Tensor:
    """Accuracy (n_episodes,) on new signs."""
    labelled = new_signs()
    sampler = EpisodeSampler(labelled.labels, labelled.groups, EpisodeShape(5, n_shot, 15))
    generator = torch.Generator().manual_seed(n_shot)
    episodes = [sampler.draw(generator) for _ in range(n_episodes)]
    predictions = predict_episodes(
        METHODS[method].make(learned), labelled, episodes, calibrated=False
    )
    return predictions.by_episode(predictions.correct * predictions.shares())


def row(job: tuple[str, int], n_episodes: int) -> list[str]:
    """The line of a method after so many tasks."""
    method, n_tasks = job
    torch.set_num_threads(1)
    began = time.process_time()
    learned = backbone(learn(CONTENDERS[method], n_tasks))
    seconds = time.process_time() - began
    estimates = [Estimate.of(reached(method, learned, n_shot, n_episodes)) for n_shot in SHOTS]
    cells = [f"{100 * e.mean:.1f} ({100 * e.low:.1f} to {100 * e.high:.1f})" for e in estimates]
    n_trained = int(n_tasks * CONTENDERS[method].share)
    return [method, str(n_trained or "untrained"), *cells, f"{seconds:.0f}" if n_trained else ""]


def main() -> None:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=800)
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    jobs = [(method, n_tasks) for method in CONTENDERS for n_tasks in (0, arguments.tasks)]
    jobs.sort(key=lambda job: -job[1] / CONTENDERS[job[0]].share)  # the longest first
    with multiprocessing.get_context("fork").Pool(arguments.processes) as pool:
        rows = pool.map(partial(row, n_episodes=arguments.episodes), jobs, chunksize=1)
    by_job = dict(zip(jobs, rows, strict=True))
    columns = ["method", "tasks", *(f"{n_shot}-shot, %" for n_shot in SHOTS), "CPU s to train"]
    lines = [by_job[method, n] for method in CONTENDERS for n in (0, arguments.tasks)]
    print(markdown(columns, lines))  # noqa: T201


if __name__ == "__main__":
    main()
