"""The pictures that a backbone is trained on, in memory, with their conditions."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from medmeta_core.progress import Progress, silent
from medmeta_core.training.procedural import procedural_picture
from medmeta_core.training.recipe import BaseSet, RecipeError

STORED_SIDE = 256
"""Side of the squares kept in memory: large enough for crops that a teacher sees at 192 px."""


PROCEDURAL_WEIGHT = 2.5
"""Beside 19 sets of weight 1: about every sixth picture."""


@dataclass(frozen=True, eq=False)
class BaseImages:
    """Training pictures of all sets.

    Attributes:
        pixels: (n, 3, STORED_SIDE, STORED_SIDE) uint8.
        labels: (n,) condition, counted over all sets; -1 for procedural pictures, the last set.
        set_index: (n,) the set each picture is of.
        conditions: "set/condition" of each label.
        sets: the sets, in order.
    """

    pixels: Tensor
    labels: Tensor
    set_index: Tensor
    conditions: tuple[str, ...]
    sets: tuple[BaseSet, ...]


def read_base_images(
    root: Path, sets: tuple[BaseSet, ...], *, progress: Progress = silent
) -> BaseImages:
    """Read every set of a recipe below `root`.

    These files are the trainer's own and are decoded here, not in the guarded child.

    Raises:
        RecipeError: a folder has no manifest.csv, or no picture is left.
    """
    pixels, labels, set_index, conditions = [], [], [], list[str]()
    for number, base_set in enumerate(sets):
        progress(number / len(sets), base_set.folder)
        for path, condition in _listed(root / base_set.folder, base_set):
            name = f"{Path(base_set.folder).name}/{condition}"
            if name not in conditions:
                conditions.append(name)
            pixels.append(_square(path))
            labels.append(conditions.index(name))
            set_index.append(number)
    if not pixels:
        raise RecipeError("The recipe's sets hold no picture.", rule="recipe")
    return BaseImages(
        torch.stack(pixels), torch.tensor(labels), torch.tensor(set_index), tuple(conditions), sets
    )


def with_procedural(images: BaseImages, n: int, *, seed: int) -> BaseImages:
    """The same with `n` procedural pictures as one more set, without conditions."""
    if n == 0:
        return images
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.stack([procedural_picture(STORED_SIDE, generator) for _ in range(n)])
    return BaseImages(
        torch.cat([images.pixels, drawn]),
        torch.cat([images.labels, torch.full((n,), -1)]),
        torch.cat([images.set_index, torch.full((n,), len(images.sets))]),
        images.conditions,
        (*images.sets, BaseSet("procedural", turn=True, weight=PROCEDURAL_WEIGHT)),
    )


def _listed(folder: Path, base_set: BaseSet) -> list[tuple[Path, str]]:
    """(file, condition) of a set, by its manifest.csv; boxes.csv sets list their images."""
    manifest = folder / "manifest.csv"
    if not manifest.exists():
        if base_set.column:
            raise RecipeError(f"{folder.name} has no manifest.csv.", rule="recipe")
        return [(path, "all") for path in sorted((folder / "images").iterdir())]
    with manifest.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    listed = [
        (
            folder / (row.get("file") or row["image"]),
            row[base_set.column] if base_set.column else "all",
        )
        for row in rows
    ]
    return [(path, condition) for path, condition in listed if condition not in base_set.without]


def _square(path: Path) -> Tensor:
    with Image.open(path) as picture:
        square = picture.convert("RGB").resize(
            (STORED_SIDE, STORED_SIDE), Image.Resampling.BILINEAR
        )
    return torch.from_numpy(np.asarray(square).copy()).permute(2, 0, 1).contiguous()
