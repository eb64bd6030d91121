"""From a recipe to a backbone with its card."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from medmeta_core.embedding import EmbeddingNetwork, ModelCard, read_backbone, write_backbone
from medmeta_core.progress import Progress, silent
from medmeta_core.training.finishing import (
    card_facts,
    fit_scale,
    training_digests,
    with_base_statistics,
)
from medmeta_core.training.inputs.base_images import BaseImages, read_base_images, with_procedural
from medmeta_core.training.inputs.tasks import TaskSource, plain
from medmeta_core.training.inputs.unseen_sets import read_unseen_sets
from medmeta_core.training.inputs.validation_split import split
from medmeta_core.training.learners import distillation
from medmeta_core.training.learners.gradient_learners import (
    AnilLearner,
    MamlLearner,
    ReptileLearner,
)
from medmeta_core.training.learners.metric_learners import PrototypicalLearner, RidgeLearner
from medmeta_core.training.learners.part_training import train_parts
from medmeta_core.training.learners.starts import STARTS
from medmeta_core.training.learners.teachers import teachers_of
from medmeta_core.training.loop.checkpoint import EVERY_S
from medmeta_core.training.loop.distributed import joined_ranks
from medmeta_core.training.loop.outer_loop import Learner, Sources, meta_train
from medmeta_core.training.loop.run_fingerprint import RunFingerprint
from medmeta_core.training.loop.training_loop import Run, seconds_of
from medmeta_core.training.recipe import Recipe, RecipeError

LEARNERS: dict[str, Callable[[EmbeddingNetwork, Recipe], Learner]] = {
    "maml": MamlLearner,
    "anil": AnilLearner,
    "reptile": ReptileLearner,
    "prototypical": PrototypicalLearner,
    "ridge": RidgeLearner,
}

SQUARES = "squares"
"""Folder of the decoded pictures, beside those of the runs."""


@dataclass(frozen=True)
class Places:
    """Where a training reads and writes.

    Attributes:
        root: the sets lie below it.
        out: weights and card are written here.
        runs: checkpoint and log lie here, in a folder of the recipe's name; of "parts", also of the
            backbone's.
        start: card of the backbone that "episodic" starts from, and a distillation whose recipe
            names no start of its own (None: random weights), or on which "parts" are learned.
    """

    root: Path
    out: Path
    runs: Path
    start: Path | None = None
    command: str = ""


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training yields: the network, fields of its card and facts, the head's start (d,)."""

    network: EmbeddingNetwork
    card_entries: dict[str, Any] = field(default_factory=dict)
    initial_head: Tensor | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def run_recipe(
    recipe: Recipe,
    places: Places,
    *,
    progress: Progress = silent,
    checkpoint_every_s: float = EVERY_S,
) -> ModelCard | None:
    """Train by `recipe`; a run that was killed goes on where it stopped.

    Returns:
        The card of what was written; None in all processes of `torchrun` but the first.

    Raises:
        RecipeError: the recipe does not fit the data, the start, or the run begun before.
    """
    _check(recipe, places)
    ranks = joined_ranks()
    heard = progress if ranks.is_first else silent
    kept_at = places.runs / SQUARES if recipe.kind == "distillation" else None
    images = read_base_images(places.root, recipe.sets, progress=heard, cache=kept_at)
    fingerprint = RunFingerprint(
        recipe,
        images.digest,
        start=_start_digest(recipe, places),
        processes=ranks.size if recipe.kind == "distillation" else 1,
    )
    run = Run(fingerprint, _folder(recipe, places), ranks, heard, checkpoint_every_s)
    run.folder.mkdir(parents=True, exist_ok=True)
    images, validation_images = split(images, seed=recipe.seed)
    if recipe.kind == "parts" and places.start is not None:
        card = train_parts(images, run, start=places.start, out=places.out)
        return card if ranks.is_first else None
    validation = TaskSource(validation_images, recipe, look=plain) if validation_images else None
    if recipe.kind == "distillation":
        trained = _distilled(images, validation, run, places)
    else:
        trained = _meta_learned(images, validation, run, places)
    return _written(trained, images, run, places) if ranks.is_first else None


def _folder(recipe: Recipe, places: Places) -> Path:
    """Where a run keeps its checkpoint and log; one recipe of parts serves several backbones."""
    if recipe.kind == "parts" and places.start is not None:
        return places.runs / f"{places.start.stem}.{recipe.name}"
    return places.runs / recipe.name


def _start_digest(recipe: Recipe, places: Places) -> str:
    """sha256 of the weights that a run starts from; "" for random ones."""
    if recipe.start:
        return STARTS[recipe.start].sha256
    return ModelCard.read(places.start).sha256 if places.start else ""


def _check(recipe: Recipe, places: Places) -> None:
    if recipe.kind not in ("distillation", "episodic", "parts"):
        raise RecipeError("recipe-kind", found=recipe.kind)
    if recipe.kind == "episodic" and recipe.method not in LEARNERS:
        raise RecipeError("recipe-method", known=", ".join(LEARNERS), found=recipe.method)
    if recipe.kind == "distillation" and recipe.start and places.start is not None:
        raise RecipeError("recipe-from")
    if recipe.start and STARTS[recipe.start].architecture != recipe.architecture:
        architecture, expected = STARTS[recipe.start].architecture, recipe.architecture
        raise RecipeError(
            "recipe-start-architecture", start=recipe.start, found=architecture, expected=expected
        )
    if recipe.kind == "parts" and places.start is None:
        raise RecipeError("recipe-parts-from")


def _distilled(
    images: BaseImages, validation: TaskSource | None, run: Run, places: Places
) -> Trained:
    recipe = run.fingerprint.recipe
    network = (
        starting_network(recipe, places.start) if places.start else distillation.new_network(recipe)
    )
    teachers = teachers_of(recipe, network, images, root=places.root, own=places.out)
    training_images = with_procedural(images, recipe.n_procedural, seed=recipe.seed)
    unseen = read_unseen_sets(recipe, images, root=places.root, cache=places.runs / SQUARES)
    looked_at = distillation.Validation(validation, unseen)
    best = distillation.train(
        training_images,
        teachers,
        run,
        network=network,
        validation=looked_at,
        is_started=bool(recipe.start or places.start),
    )
    if run.ranks.is_first:
        with_base_statistics(network, images)
    return Trained(network, facts={"kept": best.facts} if unseen else {})


def _meta_learned(
    images: BaseImages, validation: TaskSource | None, run: Run, places: Places
) -> Trained:
    recipe = run.fingerprint.recipe
    network = starting_network(recipe, places.start)
    learner = LEARNERS[recipe.method](network, recipe)
    meta_train(learner, Sources(TaskSource(images, recipe), validation), run)
    initial_head = getattr(learner, "initial_head", None)
    return Trained(
        network.cpu().eval(),
        learner.card_entries(),
        None if initial_head is None else initial_head.detach().cpu(),
    )


def starting_network(recipe: Recipe, start: Path | None) -> EmbeddingNetwork:
    """The network that an episodic training starts from: of a card, or of random weights.

    Raises:
        RecipeError: the card is of another architecture.
    """
    torch.manual_seed(recipe.seed)
    network = EmbeddingNetwork(
        recipe.architecture, recipe.input_side, unit_length=recipe.unit_length
    )
    if start is None:
        return network
    backbone = read_backbone(start)
    expected = (recipe.architecture, recipe.unit_length)
    properties = (backbone.card.architecture, backbone.card.unit_length)
    if properties != expected:
        raise RecipeError(
            "recipe-start-card", file=start.name, expected=str(expected), found=str(properties)
        )
    network.load_state_dict(backbone.network.state_dict())
    return network


def _written(trained: Trained, images: BaseImages, run: Run, places: Places) -> ModelCard:
    """Write weights and card.

    Raises:
        RecipeError: the training diverged.
    """
    recipe = run.fingerprint.recipe
    if not all(bool(tensor.isfinite().all()) for tensor in trained.network.state_dict().values()):
        raise RecipeError("diverged", recipe=recipe.name, folder=str(run.folder), rate=recipe.rate)
    card = ModelCard(
        recipe.name,
        recipe.architecture,
        recipe.input_side,
        sha256="",
        scale=fit_scale(trained.network, images, recipe),
        unit_length=recipe.unit_length,
        facts={"command": places.command}
        | card_facts(recipe, images, seconds=seconds_of(run.folder), start=places.start)
        | trained.facts,
        **trained.card_entries,
    )
    run.progress(1.0, f"{recipe.name}: {recipe.n_steps} steps")
    digests = training_digests(images, places.start)
    return write_backbone(
        places.out, trained.network, card, trained.initial_head, trained_on=digests
    )
