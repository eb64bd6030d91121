"""What a joint backbone is made of, as it lies on disk: TOML, every key and value checked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medmeta_core.embedding.joint.member import are_views, is_plain_name, is_weight
from medmeta_core.embedding.joint.views import MIRRORED, VIEWS
from medmeta_core.training.recipe import BaseSet, RecipeError
from medmeta_core.training.recipe_file import read_toml, sets_of, typed

KIND = "joint"


@dataclass(frozen=True)
class MemberChoice:
    """A member as a recipe names it.

    Attributes:
        name: of a backbone at hand, or beside the card that is written.
        views: keys of `VIEWS`.
        weight: of its part of the embedding.
    """

    name: str
    views: tuple[str, ...] = ("whole",)
    weight: float = 1.0


@dataclass(frozen=True)
class JointRecipe:
    """What a joint backbone consists of.

    Attributes:
        name: of what is written.
        sets: whose pictures the base statistics are of.
        members: at least one.
        seed: of the episodes that its scale is fitted on.
        unmirrored: name of a second backbone to write, of the same members without the mirrored
            view; "" for none.
    """

    name: str
    sets: tuple[BaseSet, ...]
    members: tuple[MemberChoice, ...]
    seed: int = 0
    unmirrored: str = ""

    def without_mirrored(self) -> "JointRecipe":
        """The recipe of the second backbone."""
        members = tuple(
            replace(one, views=tuple(view for view in one.views if view != MIRRORED))
            for one in self.members
        )
        return replace(self, name=self.unmirrored, members=members, unmirrored="")


def is_joint(path: Path) -> bool:
    """Whether the recipe at `path` is one of a joint backbone.

    Raises:
        RecipeError: it is not TOML.
    """
    return read_toml(path).get("kind") == KIND


def read_joint_recipe(path: Path) -> JointRecipe:
    """The recipe in a TOML file; its sets may be the name of a file beside it that has them.

    Raises:
        RecipeError: not TOML, an unknown key, a missing one, or a value out of range.
    """
    content = {key: value for key, value in read_toml(path).items() if key != "kind"}
    sets = sets_of("sets", content.pop("sets", []), path.parent)
    members = _members(content.pop("members", []))
    recipe = typed(JointRecipe, content | {"sets": sets, "members": members})
    for error in _broken(recipe):
        raise error
    return recipe


def _members(found: Any) -> list[MemberChoice]:
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise RecipeError("recipe-list", key="members", found=repr(found))
    return [typed(MemberChoice, entry) for entry in found]


def _broken(recipe: JointRecipe) -> Iterator[RecipeError]:
    name, names = recipe.name, [one.name for one in recipe.members]
    for written in (name, recipe.unmirrored or name, *names):
        if not is_plain_name(written):
            yield RecipeError("recipe-name", recipe=written)
    if not recipe.sets:
        yield RecipeError("recipe-no-sets", recipe=name)
    if not recipe.members:
        yield RecipeError("recipe-no-members", recipe=name)
    if len({name, recipe.unmirrored, *names}) < 2 + len(names):
        yield RecipeError("recipe-member-names", recipe=name)
    for one in recipe.members:
        yield from _broken_member(one, recipe)


def _broken_member(one: MemberChoice, recipe: JointRecipe) -> Iterator[RecipeError]:
    name = recipe.name
    if not is_weight(one.weight):
        yield RecipeError("recipe-not-positive", recipe=name, key="weight", found=one.weight)
    if not are_views(one.views):
        known, found = ", ".join(VIEWS), ", ".join(one.views)
        yield RecipeError("recipe-choice", recipe=name, key="views", known=known, found=found)
    if recipe.unmirrored and set(one.views) == {MIRRORED}:
        yield RecipeError("recipe-unmirrored", recipe=name)
