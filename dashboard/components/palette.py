"""Class = colour and symbol: Okabe & Ito's colours, told apart by nearly every eye."""

from collections.abc import Sequence

from medmeta_core.palette import colour_of

__all__ = ["colour_of", "marker_of", "symbol_of"]

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


def symbol_of(conditions: Sequence[str]) -> dict[str, str]:
    """The symbol of each condition; a colour that comes again has another symbol."""
    return {name: SYMBOLS[_turn(k)] for k, name in enumerate(conditions)}


def marker_of(conditions: Sequence[str]) -> dict[str, str]:
    """The same symbols by the names that plotly gives them."""
    return {name: MARKERS[_turn(k)] for k, name in enumerate(conditions)}


def _turn(k: int) -> int:
    return (k + k // len(SYMBOLS)) % len(SYMBOLS)
