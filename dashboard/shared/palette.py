"""Class = colour and symbol: Okabe & Ito's colours, distinguishable to nearly everyone."""

from collections.abc import Sequence

from medmeta_core.condition_colours import colour_numbered, colour_of

__all__ = [
    "colour_numbered",
    "colour_of",
    "marker_numbered",
    "marker_of",
    "symbol_numbered",
    "symbol_of",
]

SYMBOLS = ("●", "▲", "■", "◆", "★", "⬟", "✚", "▼")
MARKERS = (
    "circle",
    "triangle-up",
    "square",
    "diamond",
    "star",
    "pentagon",
    "cross",
    "triangle-down",
)


def symbol_numbered(number: int) -> str:
    """The symbol with this number, from 0; a colour that comes again has another symbol."""
    return SYMBOLS[_turn(number)]


def marker_numbered(number: int) -> str:
    """The same symbol by the name that plotly gives it."""
    return MARKERS[_turn(number)]


def symbol_of(conditions: Sequence[str]) -> dict[str, str]:
    """The symbol of each condition; a colour that comes again has another symbol."""
    return {name: symbol_numbered(k) for k, name in enumerate(conditions)}


def marker_of(conditions: Sequence[str]) -> dict[str, str]:
    """The same symbols by the names that plotly gives them."""
    return {name: marker_numbered(k) for k, name in enumerate(conditions)}


def _turn(k: int) -> int:
    return (k + k // len(SYMBOLS)) % len(SYMBOLS)
