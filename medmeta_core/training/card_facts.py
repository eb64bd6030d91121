"""What a card states of the training: data with licences, recipe, cost, limits."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from medmeta_core.training.inputs.base_images import BaseImages
from medmeta_core.training.learners.starts import STARTS
from medmeta_core.training.recipe import Recipe


def card_facts(recipe: Recipe, images: BaseImages, *, seconds: float) -> dict[str, Any]:
    """The facts of a card; `images` are those trained on, `seconds` the time it took."""
    settings = {
        key: list(value) if isinstance(value, tuple) else value  # as JSON has it
        for key, value in asdict(recipe).items()
        if key not in ("sets", "teachers", "validation_sets")
    }
    return {
        "intended_use": "Research and education. Not for use on patients.",
        "limits": _limits(images),
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
        "n_with_patient": sum(group is not None for group in images.groups),
        "n_refused": len(images.refusals),
        "n_without_condition": images.n_without_condition,
        "validated_on": [Path(base_set.folder).name for base_set in recipe.validation_sets],
        "teachers": [Path(teacher).name for teacher in recipe.teachers],
        "recipe": settings,
        "training_seconds": round(seconds),
        "torch": torch.__version__.split("+")[0],
    } | _began_with(recipe)


def _limits(images: BaseImages) -> list[str]:
    """What is known of this run, and nothing of others."""
    unknown = any(group is None for group in images.groups)
    return [
        *(["Patients are not known for all training images."] if unknown else []),
        "Probabilities hold only for images like the examples, not across scanners.",
    ]


def _began_with(recipe: Recipe) -> dict[str, Any]:
    """Where the weights come from that the training began with."""
    if not recipe.start:
        return {}
    start = STARTS[recipe.start]
    return {
        "start": {
            "name": recipe.start,
            "package": start.requirement,
            "sha256": start.sha256,
            "licence": start.licence,
        }
    }
