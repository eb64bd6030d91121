"""What a report is made of, before it becomes a page: the PDF and the HTML draw the same blocks."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Tone = Literal["plain", "quiet", "caution"]


@dataclass(frozen=True)
class Paragraph:
    """Running text; `tone` "quiet" is smaller, "caution" stands out."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Subheading:
    """A title inside a section, without a number."""

    text: str


@dataclass(frozen=True)
class Listing:
    """Points of a list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """Something to type, letter for letter."""

    text: str


@dataclass(frozen=True)
class KeyFigure:
    """A number that stands out, with its name above and a remark below."""

    name: str
    value: str
    remark: str


@dataclass(frozen=True)
class KeyFigures:
    """A row of numbers."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True)
class Facts:
    """Names and values, one pair a line; an empty value is left out by whoever builds it."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """Rows under a head.

    Attributes:
        widths: share of each column in the width.
        numeric: columns that are set to the right.
        caption: read aloud in place of a look at the table.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What is said of a case; `is_named` is False where no condition is named."""

    headline: str
    reason: str
    is_named: bool


@dataclass(frozen=True)
class Bar:
    """One condition of a ranking.

    Attributes:
        colour: hex, the condition's own.
        share, low, high: probability and its interval, each in [0, 1].
        label: the same in words.
        in_set: whether the condition is of the conformal set.
    """

    name: str
    colour: str
    share: float
    low: float
    high: float
    label: str
    in_set: bool


@dataclass(frozen=True)
class Ranking:
    """Conditions, the most probable first."""

    caption: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, eq=False)
class Picture:
    """An encoded picture, its caption and, for those who cannot see it, a description."""

    content: bytes
    caption: str
    description: str
    remark: str = ""


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Large pictures beside each other; the colour bar belongs to the last one."""

    pictures: tuple[Picture, ...]
    colour_bar: Picture | None = None


@dataclass(frozen=True, eq=False)
class Strip:
    """Small pictures in a row."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Matrix:
    """A square table of counts, shaded by the share of the row.

    Attributes:
        names: of rows and columns; columns bear the row's number.
        counts: n rows of n counts.
    """

    caption: str
    corner: str
    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


Block: TypeAlias = (
    Paragraph
    | Subheading
    | Listing
    | Command
    | KeyFigures
    | Facts
    | Table
    | Outcome
    | Ranking
    | SideBySide
    | Strip
    | Matrix
)


@dataclass(frozen=True, eq=False)
class Section:
    """A titled run of blocks.

    Attributes:
        key: its anchor ("method", "case-C3").
        level: 1 for a section, 2 for a case.
        on_new_page: whether a page begins with it.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]
    level: int = 1
    on_new_page: bool = False


@dataclass(frozen=True, eq=False)
class Document:
    """A whole report, ready to be drawn.

    Attributes:
        language: of the words ("en", "zh-Hans").
        banner: stands on every page.
        opening: facts under the title.
    """

    language: str
    banner: str
    title: str
    opening: Facts
    sections: tuple[Section, ...]
