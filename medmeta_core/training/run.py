"""From a recipe to a backbone with its card."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from medmeta_core.embedding import ModelCard, read_backbone, write_backbone
from medmeta_core.progress import Progress, silent
from medmeta_core.training import distillation, maml
from medmeta_core.training.base_images import BaseImages, read_base_images, with_procedural
from medmeta_core.training.base_statistics import with_base_statistics
from medmeta_core.training.recipe import Recipe, RecipeError
from medmeta_core.training.scale import fit_scale
from medmeta_core.training.teachers import Teacher

RATE_SHARE = 0.5
"""Share of the learned inner rate that a card states. At the full rate five steps overshoot on
sets of strong contrast (blood cells, 5-shot: 0.39 against 0.79 at half the rate)."""

CENTRED = 5
"""Every fifth picture suffices for a teacher's mean."""


def run_recipe(
    recipe: Recipe,
    root: Path,
    *,
    out: Path,
    runs: Path,
    start: Path | None = None,
    progress: Progress = silent,
) -> ModelCard:
    """Train by `recipe` on the sets below `root`; the card of what was written to `out`.

    Checkpoints lie in `runs`/name; a run that was killed goes on where it stopped.

    Args:
        start: the card of the backbone that "maml" starts from.

    Raises:
        RecipeError: an unknown kind, or "maml" without a start.
    """
    began = time.monotonic()
    images = read_base_images(root, recipe.sets, progress=progress)
    folder = runs / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    if recipe.kind == "distillation":
        card = _distil(recipe, images, root, folder, out, progress)
    elif recipe.kind == "maml" and start is not None:
        card = _meta_learn(recipe, images, start, folder, out, progress)
    else:
        raise RecipeError(
            f"kind: expected 'distillation', or 'maml' with a start; found {recipe.kind!r}.",
            rule="recipe",
        )
    progress(1.0, f"{time.monotonic() - began:.0f} s")
    return card


def _distil(
    recipe: Recipe, images: BaseImages, root: Path, folder: Path, out: Path, progress: Progress
) -> ModelCard:
    teachers = [Teacher(root / path).centre(images.pixels[::CENTRED]) for path in recipe.teachers]
    shown = with_procedural(images, recipe.n_procedural, seed=recipe.seed)
    network = distillation.train(shown, recipe, teachers, folder=folder, progress=progress)
    with_base_statistics(network, images)
    card = ModelCard(
        recipe.name,
        recipe.architecture,
        recipe.input_side,
        sha256="",
        scale=fit_scale(network, images, recipe),
        unit_length=recipe.unit_length,
        facts=facts(recipe, images),
    )
    return write_backbone(out, network, card)


def _meta_learn(
    recipe: Recipe, images: BaseImages, start: Path, folder: Path, out: Path, progress: Progress
) -> ModelCard:
    network = read_backbone(start).network
    learned = maml.train(images, recipe, network, folder=folder, progress=progress)
    card = ModelCard(
        recipe.name,
        recipe.architecture,
        recipe.input_side,
        sha256="",
        scale=fit_scale(learned.network, images, recipe),
        unit_length=recipe.unit_length,
        maml={"rate": RATE_SHARE * learned.inner_rate, "steps": recipe.inner_steps},
        facts=facts(recipe, images),
    )
    return write_backbone(out, learned.network, card, learned.head_start)


def facts(recipe: Recipe, images: BaseImages) -> dict[str, Any]:
    """What the card states of the training."""
    settings = {k: v for k, v in asdict(recipe).items() if k not in ("sets", "teachers")}
    return {
        "intended_use": "Research and education. Not for use on patients.",
        "limits": [
            "Trained on small public sets, each from one source; no patient ids in most.",
            "Probabilities hold only for images like the examples, not across scanners.",
        ],
        "trained_on": [Path(base_set.folder).name for base_set in recipe.sets],
        "data": [
            {
                "set": Path(base_set.folder).name,
                "licence": base_set.licence,
                "held_out": list(base_set.without),
                "images": int((images.set_index == number).sum()),
            }
            for number, base_set in enumerate(recipe.sets)
        ],
        "n_conditions": len(images.conditions),
        "n_images": len(images.labels),
        "teachers": [Path(teacher).name for teacher in recipe.teachers],
        "recipe": settings,
        "torch": torch.__version__.split("+")[0],
    }
