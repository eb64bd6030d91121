"""Each condition's colour and symbol: the same on every page of a workspace."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.components.gallery import conditions_of
from dashboard.components.palette import colour_of, marker_of, symbol_of
from dashboard.engine import store
from medmeta_core.workspace import Role

NEUTRAL = "#808080"
"""The colour of what belongs to no condition, told apart from black and from white."""


@dataclass(frozen=True)
class Mark:
    """A condition on screen: colour, symbol, and plotly's name for the symbol."""

    colour: str
    symbol: str
    marker: str


def marks_of(workspace_id: str, further: Iterable[str] = ()) -> dict[str, Mark]:
    """The marks of all conditions of a workspace, then of `further` ones that it had before."""
    examples = store().images(workspace_id, role=Role.EXAMPLE)
    names = list(dict.fromkeys([*conditions_of(examples), *further]))
    colours, symbols, markers = colour_of(names), symbol_of(names), marker_of(names)
    return {name: Mark(colours[name], symbols[name], markers[name]) for name in names}
