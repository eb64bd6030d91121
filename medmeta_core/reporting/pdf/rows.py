"""Cells beside each other: the one way that tables and facts are set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from medmeta_core.reporting.pdf import typography as look
from medmeta_core.reporting.pdf.sheet import Sheet
from medmeta_core.reporting.pdf.typography import Type

PADDING = 1.1
"""Above and below the text of a row, mm."""


@dataclass(frozen=True)
class Cell:
    """Lines of text in a column."""

    lines: Sequence[str]
    x: float
    width: float
    kind: Type
    tag: str = "TD"


def put_row(sheet: Sheet, cells: Sequence[Cell], *, on_new_page: Callable[[], None]) -> None:
    """Set a row with a line under it; one that is taller than a page goes on overleaf.

    `on_new_page` sets the head again.
    """
    leading = max(cell.kind.leading for cell in cells)
    done, total = 0, max(len(cell.lines) for cell in cells)
    while done < total:
        rest = total - done
        fitting = int((look.BOTTOM - sheet.y - 2 * PADDING) / leading)
        on_a_page = int((look.BOTTOM - look.TOP - 2 * PADDING) / leading) - 3  # under its head
        if fitting < 1 or (fitting < rest <= on_a_page):
            sheet.add_page()
            on_new_page()
            continue
        _put_lines(sheet, cells, done, min(rest, fitting))
        sheet.y += 2 * PADDING + leading * min(rest, fitting)
        done += fitting
    with sheet.furniture():
        sheet.stroke(look.RULE, (look.MARGIN, sheet.y), (look.MARGIN + look.WIDTH, sheet.y))


def _put_lines(sheet: Sheet, cells: Sequence[Cell], first: int, n: int) -> None:
    top = sheet.y
    with sheet.group("TR"):
        for cell in cells:
            with sheet.tagged(cell.tag):
                lines = cell.lines[first : first + n]
                sheet.lines_at(lines, (cell.x, top + PADDING), cell.kind, width=cell.width)
    sheet.y = top
