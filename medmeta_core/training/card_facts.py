"""What a card states of the training: data with licences, recipe, cost, limits."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from medmeta_core.training.base_images import BaseImages
from medmeta_core.training.recipe import Recipe


def card_facts(recipe: Recipe, images: BaseImages, *, seconds: float) -> dict[str, Any]:
    """The facts of a card; `images` are those trained on, `seconds` the time it took."""
    settings = {
        key: list(value) if isinstance(value, tuple) else value  # as JSON has it
        for key, value in asdict(recipe).items()
        if key not in ("sets", "teachers")
    }
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
                "held_out": [*base_set.without, *base_set.validation],
                "images": int((images.set_index == number).sum()),
            }
            for number, base_set in enumerate(recipe.sets)
        ],
        "n_conditions": len(images.conditions),
        "n_images": len(images.labels),
        "n_refused": len(images.refusals),
        "teachers": [Path(teacher).name for teacher in recipe.teachers],
        "recipe": settings,
        "training_seconds": round(seconds),
        "torch": torch.__version__.split("+")[0],
    }
