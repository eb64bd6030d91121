"""What a run began with: it may only go on with the same."""

import json
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import Any

from medmeta_core.training.recipe import Recipe, RecipeError

OUTSIDE = ("name", "validate_every", "average")
"""Keys of a recipe that change nothing of what is learned."""

LENGTH = ("n_images", "rounds")
"""Keys that may change as long as what was done stays the same."""


@dataclass(frozen=True)
class RunFingerprint:
    """Everything that the weights depend on.

    Attributes:
        recipe: of the run.
        pictures: digest of the training pictures.
        start: sha256 of the weights that the run starts from, "" for random ones.
        processes: how many share the work, where that changes the result: a distillation draws
            in each its own pictures; tasks are the same however they are shared.
    """

    recipe: Recipe
    pictures: str
    start: str = ""
    processes: int = 1

    def written(self) -> str:
        """JSON for the checkpoint."""
        return json.dumps(asdict(self), sort_keys=True)

    def refuse_if_other(self, begun: str, step: int) -> None:
        """Go on at `step` only if the run began with the same.

        The length of a distillation may still change as long as its rate is constant, and a
        finished one may be given a round more.

        Raises:
            RecipeError: naming what has changed.
        """
        before, now = _compared(json.loads(begun)), _compared(json.loads(self.written()))
        length = {key: before.get(key, now[key]) for key in LENGTH}
        had = replace(self.recipe, n_images=length["n_images"], rounds=tuple(length["rounds"]))
        if self.recipe.kind == "distillation" and self.recipe.goes_on_from(had, step):
            now |= length
        changed = sorted(key for key in before | now if before.get(key) != now.get(key))
        if changed:
            differences = ", ".join(
                _difference(key, before.get(key), now.get(key)) for key in changed
            )
            raise RecipeError(
                "another-recipe", recipe=self.recipe.name, step=step, changed=differences
            )


def _compared(fingerprint: dict[str, Any]) -> dict[str, Any]:
    """What must be equal, without licences and without what only names or looks."""
    defaults = {
        f.name: list(f.default) if isinstance(f.default, tuple) else f.default
        for f in fields(Recipe)
        if f.default is not MISSING
    }  # a run may be older than a key
    recipe = defaults | fingerprint.pop("recipe")
    recipe = {key: value for key, value in recipe.items() if key not in OUTSIDE}
    sets = [{k: v for k, v in base.items() if k != "licence"} for base in recipe.pop("sets")]
    return recipe | fingerprint | {"sets": sets}


def _difference(key: str, before: Any, now: Any) -> str:
    is_short = not isinstance(before, dict) and key not in ("pictures", "start", "sets")
    return f"{key} (was {before!r}, is {now!r})" if is_short else key
