"""The choice of a method as plain JSON, and back."""

from dataclasses import asdict
from math import isfinite, nan
from typing import Any

from medmeta_core.selection.model_selection import Candidate, Choice

FIGURES_OF_A_CANDIDATE = ("accuracy", "log_loss", "gain", "error")


def choice_to_json(choice: Choice) -> dict[str, Any]:
    """A choice of a method as JSON values; figures that are not finite are null."""
    content = asdict(choice)
    for candidate in content["candidates"]:
        for name in FIGURES_OF_A_CANDIDATE:
            candidate[name] = candidate[name] if isfinite(candidate[name]) else None
    return content


def choice_from_json(content: dict[str, Any]) -> Choice:
    """The choice that `choice_to_json` was given; an unknown figure is NaN."""
    candidates = [
        Candidate(**one | {name: _number(one[name]) for name in FIGURES_OF_A_CANDIDATE})
        for one in content["candidates"]
    ]
    return Choice(content["method"], content["default"], tuple(candidates))


def _number(value: float | None) -> float:
    return nan if value is None else value
