"""Sizes, weights and colours of the printed report."""

from dataclasses import dataclass, replace
from typing import Literal

Colour = tuple[int, int, int]
Place = tuple[float, float]
"""x and y in mm from the upper left of the page."""
Size = tuple[float, float]
"""Width and height in mm."""

INK: Colour = (27, 39, 51)
QUIET: Colour = (86, 99, 113)
RULE: Colour = (215, 221, 227)
TRACK: Colour = (229, 234, 238)
PANEL: Colour = (244, 247, 249)
ACCENT: Colour = (11, 92, 122)
CAUTION_INK: Colour = (107, 67, 0)
CAUTION: Colour = (255, 243, 220)
CAUTION_RULE: Colour = (232, 184, 91)
WHITE: Colour = (255, 255, 255)
RIGHT: Colour = (0, 114, 178)
WRONG: Colour = (213, 94, 0)

MARGIN = 18.0
"""Left and right, mm."""
TOP = 20.0
BOTTOM = 279.0
"""Where the text of a page begins and ends, mm from its upper edge."""
WIDTH = 210 - 2 * MARGIN


@dataclass(frozen=True)
class Type:
    """How a text is set: size in points, leading in mm, to which side of its width."""

    size: float
    leading: float
    colour: Colour = INK
    bold: bool = False
    family: Literal["main", "mono"] = "main"
    align: Literal["L", "C", "R"] = "L"


TITLE = Type(20, 9, bold=True)
SECTION = Type(14, 6.5, ACCENT, bold=True)
CASE = Type(10.5, 5, QUIET, bold=True)
HEADLINE = Type(13, 6, bold=True)
SUBHEADING = Type(9.5, 4.6, bold=True)
BODY = Type(9, 4.5)
SMALL = Type(8.2, 4)
LABEL = Type(8, 4, QUIET)
COLUMN_HEAD = Type(7.6, 3.8, QUIET, bold=True)
FIGURE = Type(19, 8.5, bold=True)
CODE = Type(7.6, 4, family="mono")
BANNER = Type(8.4, 4, CAUTION_INK, bold=True, align="C")
FOOTER = Type(7.2, 3.6, QUIET)


def to_right(kind: Type) -> Type:
    """The same, set to the right side."""
    return replace(kind, align="R")


def mixed(colour: Colour, share: float) -> Colour:
    """The colour on white, `share` of it in [0, 1].

    >>> mixed((0, 0, 0), 0.5)
    (128, 128, 128)
    """
    red, green, blue = (round(255 + (part - 255) * share) for part in colour)
    return red, green, blue


def from_hex(colour: str) -> Colour:
    """A colour as the palette writes it.

    >>> from_hex("#0072B2")
    (0, 114, 178)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
