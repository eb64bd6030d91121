"""A recipe as it lies on disk: TOML, every key and value checked."""

import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from medmeta_core.embedding.architectures import ARCHITECTURES
from medmeta_core.errors import system_error
from medmeta_core.training.learners.starts import STARTS
from medmeta_core.training.recipe import START, BaseSet, Recipe, RecipeError

T = TypeVar("T")

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
    content = read_toml(path)
    sets = {key: sets_of(key, content.pop(key, []), path.parent) for key in SETS}
    recipe = typed(Recipe, content | sets)
    _check(recipe)
    return recipe


def sets_of(key: str, entries: Any, folder: Path) -> list[BaseSet]:
    """The sets under a key of a recipe in `folder`: a list, or the name of a file that has it."""
    if isinstance(entries, str):
        entries = read_toml(folder / entries).get("sets", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RecipeError("recipe-list", key=key, found=repr(entries))
    return [typed(BaseSet, entry) for entry in entries]


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        RecipeError: it cannot be opened, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError("recipe-unopened", path=str(path), error=system_error(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError("recipe-not-toml", file=path.name, reason=str(error)) from error


def typed(kind: type[T], content: dict[str, Any]) -> T:
    """A dataclass of this kind from a table of TOML; a list becomes a tuple, an int a float.

    Raises:
        RecipeError: an unknown key, a missing one, or a value of another type.
    """
    fields_by_name = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(content) - set(fields_by_name))
    if unknown:
        names = ", ".join(sorted(fields_by_name))
        raise RecipeError("recipe-unknown-keys", unknown=", ".join(unknown), known=names)
    needed = [name for name, field in fields_by_name.items() if field.default is MISSING]
    if lacking := [name for name in needed if name not in content]:
        raise RecipeError("recipe-missing-keys", missing=", ".join(lacking))
    return kind(**{name: _value(fields_by_name[name], value) for name, value in content.items()})


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
    if get_origin(expected) is tuple:
        kind = get_args(expected)[0].__name__
        raise RecipeError("recipe-list-type", key=field.name, expected=kind, found=repr(value))
    kind = str(getattr(expected, "__name__", expected))
    raise RecipeError("recipe-type", key=field.name, expected=kind, found=repr(value))


def _check(recipe: Recipe) -> None:
    """Refuse the first rule that is broken."""
    broken = chain(
        _broken_lengths(recipe),
        _broken_rates(recipe),
        _broken_views(recipe),
        _broken_names(recipe),
        _broken_starts(recipe),
        *(_broken_set(recipe, one) for key in SETS for one in getattr(recipe, key)),
    )
    for error in broken:
        raise error


def _broken_lengths(recipe: Recipe) -> Iterator[RecipeError]:
    name, length = recipe.name, "n_images" if recipe.kind == "distillation" else "n_tasks"
    ends = [
        0,
        *(n_images // max(1, recipe.batch) for n_images in (*recipe.rounds, recipe.n_images)),
    ]
    for key in COUNTS:
        if getattr(recipe, key) < 1:
            yield RecipeError("recipe-at-least", recipe=name, key=key, least=1)
    n = getattr(recipe, length)
    if recipe.batch > n:
        yield RecipeError("recipe-batch", recipe=name, batch=recipe.batch, key=length, length=n)
    if recipe.rounds and (recipe.kind != "distillation" or ends != sorted(set(ends))):
        yield RecipeError("recipe-rounds", recipe=name)
    if recipe.n_way < 2:
        yield RecipeError("recipe-at-least", recipe=name, key="n_way", least=2)
    for key in ("validate_every", "patience", "micro_batch"):
        if getattr(recipe, key) < 0:
            yield RecipeError("recipe-at-least", recipe=name, key=key, least=0)
    if recipe.patience > 0 and not recipe.validation_sets:
        yield RecipeError("recipe-patience", recipe=name)


def _broken_rates(recipe: Recipe) -> Iterator[RecipeError]:
    name = recipe.name
    if recipe.schedule not in SCHEDULES:
        schedules, schedule = ", ".join(SCHEDULES), recipe.schedule
        yield RecipeError(
            "recipe-choice", recipe=name, key="schedule", known=schedules, found=schedule
        )
    for key, rate in (("rate", recipe.rate), ("inner_rate", recipe.inner_rate)):
        if not (isfinite(rate) and rate > 0):
            yield RecipeError("recipe-not-positive", recipe=name, key=key, found=rate)
    for key in ("weight_decay", "label_weight"):
        weight = getattr(recipe, key)
        if not (isfinite(weight) and weight >= 0):
            yield RecipeError("recipe-negative", recipe=name, key=key, found=weight)


def _broken_views(recipe: Recipe) -> Iterator[RecipeError]:
    if len(recipe.view_sides) not in (0, 2):
        yield RecipeError("recipe-view-sides", recipe=recipe.name)
    for side in (recipe.input_side, *recipe.view_sides, recipe.teacher_side or SIDES[0]):
        if side not in SIDES:
            least, most = SIDES[0], SIDES[-1]
            yield RecipeError("recipe-side", recipe=recipe.name, least=least, most=most, found=side)


def _broken_names(recipe: Recipe) -> Iterator[RecipeError]:
    names = [Path(base_set.folder).name for base_set in recipe.sets]
    is_file_name = Path(recipe.name).name == recipe.name and recipe.name not in ("", "..")
    if not is_file_name:
        yield RecipeError("recipe-name", recipe=recipe.name)
    if not recipe.sets:
        yield RecipeError("recipe-no-sets", recipe=recipe.name)
    if len(set(names)) < len(names):
        yield RecipeError("recipe-same-names", recipe=recipe.name)


def _broken_starts(recipe: Recipe) -> Iterator[RecipeError]:
    name = recipe.name
    if recipe.start not in ("", *STARTS):
        yield RecipeError("recipe-start", recipe=name, known=", ".join(STARTS), found=recipe.start)
    if START in recipe.teachers and not recipe.start:
        yield RecipeError("recipe-teacher-start", recipe=name, teacher=START)
    if recipe.start and recipe.kind != "distillation":
        yield RecipeError("recipe-start-kind", recipe=name)
    if (architecture := recipe.architecture) not in ARCHITECTURES:
        key, architectures = "architecture", ", ".join(ARCHITECTURES)
        yield RecipeError(
            "recipe-choice", recipe=name, key=key, known=architectures, found=architecture
        )


def _broken_set(recipe: Recipe, base_set: BaseSet) -> Iterator[RecipeError]:
    name, folder, weight = recipe.name, base_set.folder, base_set.weight
    both = ", ".join(sorted(set(base_set.without) & set(base_set.validation)))
    if not (isfinite(weight) and weight > 0):
        yield RecipeError("recipe-weight", recipe=name, folder=folder, found=weight)
    if not 0 <= base_set.validation_share < 1:
        yield RecipeError("recipe-validation-share", recipe=name, folder=folder)
    if both:
        yield RecipeError("recipe-both", recipe=name, folder=folder, conditions=both)
