"""A recipe as it lies on disk: TOML, every key and value checked."""

import tomllib
from dataclasses import MISSING, Field, fields
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from medmeta_core.embedding.architectures import ARCHITECTURES
from medmeta_core.training.learners.starts import STARTS
from medmeta_core.training.recipe import START, BaseSet, Recipe, RecipeError

T = TypeVar("T", BaseSet, Recipe)

SETS = ("sets", "validation_sets")

SCHEDULES = ("constant", "cosine")

COUNTS = ("n_images", "batch", "n_shot", "n_query", "n_tasks", "inner_steps")

SIDES = range(16, 1025)
"""Pixels a side that a network can be trained at."""


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file; a list of sets may be the name of a file beside it that has it.

    Raises:
        RecipeError: not TOML, an unknown key, a missing one, or a value out of range.
    """
    content = _read(path)
    sets = {key: _sets(key, content.pop(key, []), path.parent) for key in SETS}
    recipe = _typed(Recipe, content | sets)
    _check(recipe)
    return recipe


def _sets(key: str, found: Any, folder: Path) -> list[BaseSet]:
    if isinstance(found, str):
        found = _read(folder / found).get("sets", [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise RecipeError(f"{key}: a list of tables, found {found!r}.", rule="recipe")
    return [_typed(BaseSet, entry) for entry in found]


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
    needed = [name for name, field in known.items() if field.default is MISSING]
    if lacking := [name for name in needed if name not in content]:
        raise RecipeError(f"The recipe lacks {', '.join(lacking)}.", rule="recipe")
    return kind(**{name: _value(known[name], value) for name, value in content.items()})


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
        f"{field.name}: expected {_in_words(expected)}, found {value!r}.",
        rule="recipe",
    )


def _in_words(expected: Any) -> str:
    if get_origin(expected) is tuple:
        return f"a list of {get_args(expected)[0].__name__}"
    return str(getattr(expected, "__name__", expected))


def _check(recipe: Recipe) -> None:
    """Refuse the first rule that is broken."""
    rules = [*_rules_of_length(recipe), *_rules_of_views(recipe), *_rules_of_names(recipe)]
    rules += [
        rule
        for key in SETS
        for base_set in getattr(recipe, key)
        for rule in _rules_of_set(base_set)
    ]
    for is_broken, rule in rules:
        if is_broken:
            raise RecipeError(f"{recipe.name}: {rule}.", rule="recipe")


def _rules_of_length(recipe: Recipe) -> list[tuple[bool, str]]:
    length = "n_images" if recipe.kind == "distillation" else "n_tasks"
    ends = [0, *(seen // max(1, recipe.batch) for seen in (*recipe.rounds, recipe.n_images))]
    return [
        *((getattr(recipe, key) < 1, f"{key}: at least 1") for key in COUNTS),
        (
            recipe.batch > getattr(recipe, length),
            f"batch ({recipe.batch}) is more than the whole run, {length} "
            f"({getattr(recipe, length)})",
        ),
        (
            bool(recipe.rounds) and (recipe.kind != "distillation" or ends != sorted(set(ends))),
            "rounds: of a distillation; ever more pictures, by a batch at least, up to n_images",
        ),
        (recipe.n_way < 2, "n_way: at least 2"),
        *(
            (getattr(recipe, key) < 0, f"{key}: at least 0")
            for key in ("validate_every", "patience", "micro_batch")
        ),
        (
            recipe.patience > 0 and not recipe.validation_sets,
            "patience: needs validation_sets",
        ),
        (
            recipe.schedule not in SCHEDULES,
            f"schedule: one of {', '.join(SCHEDULES)}; found {recipe.schedule!r}",
        ),
        *(
            (not (isfinite(rate) and rate > 0), f"{key}: more than 0, found {rate}")
            for key, rate in (("rate", recipe.rate), ("inner_rate", recipe.inner_rate))
        ),
        *(
            (not (isfinite(weight) and weight >= 0), f"{key}: at least 0, found {weight}")
            for key, weight in (
                ("weight_decay", recipe.weight_decay),
                ("label_weight", recipe.label_weight),
            )
        ),
    ]


def _rules_of_views(recipe: Recipe) -> list[tuple[bool, str]]:
    return [
        (len(recipe.view_sides) not in (0, 2), "view_sides: two, or none"),
        *(
            (
                side not in SIDES,
                f"input_side, view_sides, teacher_side: {SIDES[0]} to {SIDES[-1]}, found {side}",
            )
            for side in (recipe.input_side, *recipe.view_sides, recipe.teacher_side or SIDES[0])
        ),
    ]


def _rules_of_names(recipe: Recipe) -> list[tuple[bool, str]]:
    names = [Path(base_set.folder).name for base_set in recipe.sets]
    is_file_name = Path(recipe.name).name == recipe.name and recipe.name not in ("", "..")
    return [
        (not is_file_name, f"name: a file's name, found {recipe.name!r}"),
        (not recipe.sets, "sets: at least one is needed"),
        (len(set(names)) < len(names), "sets: two folders bear the same name"),
        (
            recipe.start not in ("", *STARTS),
            f"start: one of {', '.join(STARTS)}, or none; found {recipe.start!r}",
        ),
        (START in recipe.teachers and not recipe.start, f"teachers: {START!r} needs a start"),
        (bool(recipe.start) and recipe.kind != "distillation", "start: of a distillation"),
        (
            recipe.architecture not in ARCHITECTURES,
            f"architecture: one of {', '.join(ARCHITECTURES)}; found {recipe.architecture!r}",
        ),
    ]


def _rules_of_set(base_set: BaseSet) -> list[tuple[bool, str]]:
    folder, weight = base_set.folder, base_set.weight
    both = sorted(set(base_set.without) & set(base_set.validation))
    return [
        (not (isfinite(weight) and weight > 0), f"weight of {folder}: more than 0, found {weight}"),
        (
            not 0 <= base_set.validation_share < 1,
            f"validation_share of {folder}: from 0 to below 1",
        ),
        (bool(both), f"without and validation of {folder} both name {', '.join(both)}"),
    ]
