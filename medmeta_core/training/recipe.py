"""`Recipe`: everything that decides what a training yields, read from a TOML file."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from medmeta_core.errors import MedMetaError

T = TypeVar("T")

FALLING = 1 / 3
"""Share of a run over which the rate falls."""


class RecipeError(MedMetaError):
    """A recipe names something unknown or lacks something."""


@dataclass(frozen=True)
class BaseSet:
    """One data set of the recipe.

    Attributes:
        folder: relative to the data folder given at the start.
        flip: whether left and right may be exchanged (not where laterality matters).
        turn: whether the picture may be turned by quarters (cells, histology).
        column: of manifest.csv, the condition; "" takes the whole set as one condition.
        without: conditions held out on purpose.
        weight: how often its pictures are drawn, relative to an even draw.
        licence: as stated by the source, for the card.
    """

    folder: str
    flip: bool = True
    turn: bool = False
    column: str = "cls"
    without: tuple[str, ...] = ()
    weight: float = 1.0
    licence: str = ""


@dataclass(frozen=True)
class Recipe:
    """A training run.

    Attributes:
        kind: "distillation" (classification + teachers) or "maml".
        sets: what it is trained on.
        teachers: files of teacher weights, relative to the data folder; never shipped.
        unit_length: whether embeddings are brought to length 1.
        first_side: pixels a side of the views until the rate falls; 0 for `input_side`.
        n_procedural: drawn pictures that the teachers are asked about besides.
        n_images: augmented pictures seen in all (episodes are counted by their pictures).
        batch: pictures, or tasks for "maml", in one step.
        rate: of AdamW at its peak; how it falls to 0 is the kind's own matter.
        label_weight: of the classification, beside the teachers.
        n_way, n_shot, n_query: of a training task; 1 to `n_shot` examples are drawn.
        n_tasks: tasks seen in all. `inner_rate`: at the start; the outer loop moves it.
    """

    kind: str
    name: str
    architecture: str
    input_side: int
    sets: tuple[BaseSet, ...]
    teachers: tuple[str, ...] = ()
    unit_length: bool = True
    seed: int = 0
    first_side: int = 0
    n_procedural: int = 0
    n_images: int = 150_000
    batch: int = 64
    rate: float = 2e-3
    label_weight: float = 1.0
    n_way: int = 5
    n_shot: int = 5
    n_query: int = 10
    n_tasks: int = 2_000
    inner_rate: float = 0.05
    inner_steps: int = 5
    first_order: bool = True

    @property
    def n_steps(self) -> int:
        """Optimiser steps of the whole run, by pictures."""
        return self.n_images // self.batch

    def rate_at(self, step: int) -> float:
        """Warm-up, then constant, then falling in a line to 0 over the last third.

        Constant first (Zhai et al. 2022, arXiv:2106.04560, section 3.5): a run can be made
        longer or shorter until it falls.
        """
        left = (self.n_steps - step) / (self.n_steps * FALLING)
        return self.rate * min(1.0, (step + 1) / 200, left)

    def side_at(self, step: int) -> int:
        """Pixels a side of the views at a step: few until the rate falls."""
        is_falling = step >= self.n_steps * (1 - FALLING)
        return self.input_side if is_falling or not self.first_side else self.first_side


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file.

    Raises:
        RecipeError: not TOML, an unknown key, or a missing one.
    """
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path.name} is not a readable TOML file.", rule="recipe") from error
    sets = tuple(_typed(BaseSet, entry) for entry in content.pop("sets", []))
    return _typed(Recipe, content | {"sets": sets})


def _typed(kind: type[T], content: dict[str, Any]) -> T:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(content) - known)
    if unknown:
        raise RecipeError(
            f"Unknown in the recipe: {', '.join(unknown)}; known: {', '.join(sorted(known))}.",
            rule="recipe",
        )
    try:
        return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in content.items()})
    except TypeError as error:
        raise RecipeError(f"The recipe lacks a key: {error}.", rule="recipe") from error
