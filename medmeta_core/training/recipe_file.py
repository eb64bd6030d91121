"""A recipe as it lies on disk: TOML, every key and value checked."""

import tomllib
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from medmeta_core.embedding.architectures import ARCHITECTURES
from medmeta_core.training.recipe import BaseSet, Recipe, RecipeError

T = TypeVar("T", BaseSet, Recipe)

COUNTS = ("input_side", "n_images", "batch", "n_shot", "n_query", "n_tasks", "inner_steps")


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file; `sets` may name a file beside it that lists them.

    Raises:
        RecipeError: not TOML, an unknown key, a missing one, or a value out of range.
    """
    content = _read(path)
    sets = content.pop("sets", [])
    if isinstance(sets, str):
        sets = _read(path.parent / sets).get("sets", [])
    recipe = _typed(Recipe, content | {"sets": [_typed(BaseSet, entry) for entry in sets]})
    _check(recipe)
    return recipe


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{path} cannot be opened: {error.strerror}.", rule="recipe") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path.name} is not TOML: {error}.", rule="recipe") from error


def _typed(kind: type[T], content: dict[str, Any]) -> T:
    known = {field.name: field for field in fields(kind)}
    unknown = sorted(set(content) - set(known))
    if unknown:
        raise RecipeError(
            f"Unknown in the recipe: {', '.join(unknown)}; known: {', '.join(sorted(known))}.",
            rule="recipe",
        )
    try:
        return kind(**{name: _value(known[name], value) for name, value in content.items()})
    except TypeError as error:
        raise RecipeError(f"The recipe lacks a key: {error}.", rule="recipe") from error


def _value(field: Field[Any], value: Any) -> Any:
    """The value as the field has it: a list becomes a tuple, an int a float."""
    expected: Any = field.type
    if get_origin(expected) is tuple and isinstance(value, list):
        if all(isinstance(item, get_args(expected)[0]) for item in value):
            return tuple(value)
    elif type(value) is expected:
        return value
    elif expected is float and type(value) is int:
        return float(value)
    raise RecipeError(
        f"{field.name}: expected {getattr(expected, '__name__', expected)}, found {value!r}.",
        rule="recipe",
    )


def _check(recipe: Recipe) -> None:
    names = [Path(base_set.folder).name for base_set in recipe.sets]
    broken = [
        (not recipe.sets, "sets: at least one is needed"),
        (len(set(names)) < len(names), "sets: two folders bear the same name"),
        (recipe.n_way < 2, "n_way: at least 2"),
        (
            list(edges := (0, *recipe.rounds, recipe.n_images)) != sorted(set(edges)),
            "rounds: ever more pictures, from 1 to below n_images",
        ),
        (len(recipe.view_sides) not in (0, 2), "view_sides: two, or none"),
        (recipe.rate <= 0 or recipe.inner_rate <= 0, "rate, inner_rate: more than 0"),
        (Path(recipe.name).name != recipe.name or not recipe.name, "name: a file's name"),
        (
            recipe.architecture not in ARCHITECTURES,
            f"architecture: one of {', '.join(ARCHITECTURES)}; found {recipe.architecture!r}",
        ),
        *((getattr(recipe, key) < 1, f"{key}: at least 1") for key in COUNTS),
        *((s.weight <= 0, f"weight of {s.folder}: more than 0") for s in recipe.sets),
        *(
            (not 0 <= s.validation_share < 1, f"validation_share of {s.folder}: from 0 to below 1")
            for s in recipe.sets
        ),
    ]
    for is_broken, rule in broken:
        if is_broken:
            raise RecipeError(f"{recipe.name}: {rule}.", rule="recipe")
    if recipe.n_steps < 1:
        raise RecipeError(f"{recipe.name}: batch is more than the whole run.", rule="recipe")
