"""Record beside the shipped weights which image files they were trained on.

    .venv/bin/python benchmarks/training_images.py --data DIR --squares DIR

`medmeta meta-train` records this by itself; some shipped weights are older. A backbone whose card
states other numbers of images than its recipe finds below DIR is left without a record.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from medmeta_core.embedding import ModelCard
from medmeta_core.embedding.files.locations import shipped_folder
from medmeta_core.embedding.files.training_images import write_training_images
from medmeta_core.training.finishing import training_digests
from medmeta_core.training.inputs.base_images import BaseImages, read_base_images
from medmeta_core.training.inputs.validation_split import split
from medmeta_core.training.joint_recipe import is_joint
from medmeta_core.training.recipe import Recipe
from medmeta_core.training.recipe_file import read_recipe

RECIPES = Path(__file__).parents[1] / "medmeta_core" / "training" / "recipes"


def counts(images: BaseImages) -> dict[str, int]:
    """How many images of each set were trained on."""
    numbers = Counter(images.set_index.tolist())
    return {Path(one.folder).name: numbers[k] for k, one in enumerate(images.sets)}


def recipes() -> dict[str, Recipe]:
    """The recipes of the shipped weights, by the name of the backbone."""
    paths = [path for path in sorted(RECIPES.glob("*.toml")) if not is_joint(path)]
    found = [read_recipe(path) for path in paths]
    return {recipe.name: recipe for recipe in found if recipe.kind != "parts"}


def main() -> None:
    """Write the records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--squares", type=Path, required=True, help="keeps the decoded images")
    given = parser.parse_args()
    by_name = recipes()
    for path in sorted(shipped_folder().glob("*.json")):
        card, recipe = ModelCard.read(path), by_name[path.stem]
        whole = read_base_images(given.data, recipe.sets, cache=given.squares)
        images, _ = split(whole, seed=recipe.seed)
        if counts(images) != {one["set"]: one["images"] for one in card.facts["data"]}:
            sys.stderr.write(f"{path.stem}: its card states other images\n")
            continue
        write_training_images(path, training_digests(images, None))
        sys.stderr.write(f"{path.stem}: {len(images.paths)} images\n")


if __name__ == "__main__":
    main()
