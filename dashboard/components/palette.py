"""Class = colour and symbol: Okabe & Ito's colours, told apart by nearly every eye."""

from collections.abc import Sequence

OKABE_ITO = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#D55E00",
    "#56B4E9",
    "#F0E442",
    "#999999",  # in place of black, which a dark screen swallows
)
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


def colour_of(conditions: Sequence[str]) -> dict[str, str]:
    """The colour of each condition, by its place in the order.

    >>> colour_of(["benign", "malignant"])
    {'benign': '#0072B2', 'malignant': '#E69F00'}
    """
    return {name: OKABE_ITO[k % len(OKABE_ITO)] for k, name in enumerate(conditions)}


def symbol_of(conditions: Sequence[str]) -> dict[str, str]:
    """The symbol of each condition; a colour that comes again has another symbol."""
    return {name: SYMBOLS[_turn(k)] for k, name in enumerate(conditions)}


def marker_of(conditions: Sequence[str]) -> dict[str, str]:
    """The same symbols by the names that plotly gives them."""
    return {name: MARKERS[_turn(k)] for k, name in enumerate(conditions)}


def _turn(k: int) -> int:
    return (k + k // len(SYMBOLS)) % len(SYMBOLS)
