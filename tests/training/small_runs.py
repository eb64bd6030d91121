"""Small recipes and a small data set that a training of a second runs on."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import tiny
from PIL import Image

from medmeta_core.training.recipe import BaseSet, Recipe
from medmeta_core.training.recipe_file import SETS

PRETRAIN = Recipe(
    "distillation",
    "small",
    "conv4",
    32,
    (BaseSet("stripes"),),
    n_images=480,
    batch=16,
    unit_length=False,
)
EPISODIC = replace(
    PRETRAIN,
    kind="episodic",
    method="maml",
    name="meta",
    n_tasks=24,
    batch=4,
    n_way=3,
    n_shot=2,
    n_query=3,
    rate=1e-3,
    inner_rate=0.01,
    inner_steps=2,
)


def write_stripes(root: Path, name: str = "stripes", *, seed: int = 40) -> Path:
    """root/name: 3 conditions of 8 pictures, two of each patient, with a manifest."""
    folder = root / name
    rows = []
    for k in range(3):
        (folder / str(k)).mkdir(parents=True)
        for i, picture in enumerate(tiny.stripes(8, 3 + 4 * k, seed=seed + k)):
            pixels = (picture.permute(1, 2, 0).numpy() * 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / str(k) / f"{i}.png")
            rows.append({"file": f"{k}/{i}.png", "cls": str(k), "patient": f"{k}{i // 2}"})
    with (folder / "manifest.csv").open("w", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return root


def write_recipe(recipe: Recipe, path: Path) -> Path:
    """The recipe as a TOML file, as a user writes it."""
    lines = [
        f"{key} = {_toml(getattr(recipe, key))}"
        for key in Recipe.__dataclass_fields__
        if key not in SETS
    ]
    for key in SETS:
        for base_set in getattr(recipe, key):
            lines += [f"[[{key}]]"]
            lines += [f"{k} = {_toml(getattr(base_set, k))}" for k in BaseSet.__dataclass_fields__]
    path.write_text("\n".join(lines) + "\n")
    return path


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)
