"""Each condition's colour and symbol: the same on every page of a workspace."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.engine import store
from dashboard.shared.palette import colour_numbered, marker_numbered, symbol_numbered
from medmeta_core.workspace import Role, StoredImage

NEUTRAL = "#808080"
"""The colour of what belongs to no condition, distinguished from black and from white."""


@dataclass(frozen=True)
class Mark:
    """A condition on screen: colour, symbol, and plotly's name for the symbol."""

    colour: str
    symbol: str
    marker: str


def conditions_of(images: Sequence[StoredImage]) -> list[str]:
    """The conditions that images bear, by name."""
    return sorted({i.condition for i in images if i.condition is not None}, key=str.casefold)


def marks_of(workspace_id: str, further: Iterable[str] = ()) -> dict[str, Mark]:
    """The marks of all conditions of a workspace, then of `further` ones that it had before."""
    further = list(further)
    numbers = store().condition_numbers(workspace_id, further)
    names = dict.fromkeys(
        [*conditions_of(store().images(workspace_id, role=Role.EXAMPLE)), *further]
    )
    return {name: mark_numbered(numbers[name]) for name in names}


def mark_numbered(number: int) -> Mark:
    """The mark with this number, from 0."""
    return Mark(colour_numbered(number), symbol_numbered(number), marker_numbered(number))
