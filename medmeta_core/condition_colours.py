"""The colour of each condition, on screens and in reports: Okabe & Ito's."""

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


def colour_numbered(number: int) -> str:
    """The colour with this number, from 0; after the last they come again."""
    return OKABE_ITO[number % len(OKABE_ITO)]


def colour_of(conditions: Sequence[str]) -> dict[str, str]:
    """The colour of each condition, by its place in the order.

    >>> colour_of(["benign", "malignant"])
    {'benign': '#0072B2', 'malignant': '#E69F00'}
    """
    return {name: colour_numbered(k) for k, name in enumerate(conditions)}
