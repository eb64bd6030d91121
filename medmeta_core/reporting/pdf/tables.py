"""Tables and the confusion matrix on paper."""

from dataclasses import dataclass
from math import ceil

from medmeta_core.reporting.blocks import Matrix, Table
from medmeta_core.reporting.pdf import typography as look
from medmeta_core.reporting.pdf.rows import Cell, put_row
from medmeta_core.reporting.pdf.sheet import Sheet
from medmeta_core.reporting.pdf.typography import Size, Type, mixed, to_right

GUTTER = 4.0
NAMES = 66.0
"""Widest column of names beside a matrix, mm."""
WIDEST, LOWEST = 14.0, 6.8
"""Width and least height of a matrix's square, mm."""
SEPARATE = 0.4


def draw_table(block: Table, sheet: Sheet) -> None:
    """Rows under a head that comes again on every page."""

    def head() -> None:
        put_row(sheet, _cells(block, sheet, block.head, is_head=True), on_new_page=lambda: None)

    sheet.room(18)
    with sheet.group("Table"):
        head()
        for row in block.rows:
            put_row(sheet, _cells(block, sheet, row, is_head=False), on_new_page=head)
    sheet.y += 3.5


def _cells(block: Table, sheet: Sheet, texts: tuple[str, ...], *, is_head: bool) -> list[Cell]:
    kind, tag = (look.COLUMN_HEAD, "TH") if is_head else (look.SMALL, "TD")
    x, cells = look.MARGIN, []
    for i, (text, share) in enumerate(zip(texts, block.widths, strict=True)):
        width = share * look.WIDTH
        inner = width if i in block.numeric or i == len(texts) - 1 else width - GUTTER
        lines = sheet.lines_of(text, kind, inner)
        cells.append(Cell(lines, x, inner, to_right(kind) if i in block.numeric else kind, tag))
        x += width
    return cells


@dataclass(frozen=True)
class _Row:
    """A row of a matrix: its place among the names, its name in lines, its squares' size."""

    i: int
    names: list[str]
    size: Size


def draw_matrix(block: Matrix, sheet: Sheet) -> None:
    """Squares shaded by the share of their row; columns bear the number of the row."""
    n = len(block.names)
    width = min(WIDEST, (look.WIDTH - NAMES) / n)
    sheet.room(LOWEST * min(n + 1, 6))
    with sheet.group("Table"):
        _draw_matrix_head(block, sheet, width)
        for i in range(n):
            names = sheet.lines_of(f"{i + 1}  {block.names[i]}", look.SMALL, NAMES - GUTTER)
            height = max(LOWEST, len(names) * look.SMALL.leading + 1)
            if sheet.room(height):
                _draw_matrix_head(block, sheet, width)
            with sheet.group("TR"):
                _draw_matrix_row(block, sheet, _Row(i, names, (width, height)))
    sheet.y += 2.5


def _draw_matrix_head(block: Matrix, sheet: Sheet, width: float) -> None:
    top, kind = sheet.y, _number_type(width, look.QUIET)
    with sheet.group("TR"):
        with sheet.tagged("TH"):
            sheet.line_of(sheet.printable(block.corner), (look.MARGIN, top), look.COLUMN_HEAD)
        for j in range(len(block.names)):
            with sheet.tagged("TH"):
                place = (look.MARGIN + NAMES + j * width, top)
                sheet.line_of(str(j + 1), place, kind, width=width)
    sheet.y = top + 4.6


def _draw_matrix_row(block: Matrix, sheet: Sheet, row: _Row) -> None:
    top, (width, height) = sheet.y, row.size
    middle = top + (height - len(row.names) * look.SMALL.leading) / 2
    with sheet.tagged("TH"):
        sheet.lines_at(row.names, (look.MARGIN, middle), look.SMALL)
    total = sum(block.counts[row.i]) or 1
    for j, count in enumerate(block.counts[row.i]):
        place, share = (look.MARGIN + NAMES + j * width, top), ceil(10 * count / total) / 10
        colour = mixed(look.RIGHT if row.i == j else look.WRONG, 0.12 + 0.8 * share)
        with sheet.furniture():
            square = (width - SEPARATE, height - SEPARATE)
            sheet.fill(colour if count else look.PANEL, place, square)
        ink = look.WHITE if share > 0.6 else look.INK if count else look.QUIET
        kind = _number_type(width, ink)
        y = top + (height - SEPARATE - kind.leading) / 2
        with sheet.tagged("TD"):
            sheet.line_of(str(count) if count else "·", (place[0], y), kind, width=width)
    sheet.y = top + height


def _number_type(width: float, colour: look.Colour) -> Type:
    """Numbers that fit a square of this width."""
    return Type(min(8.2, 1.9 * width), 4, colour, bold=colour == look.WHITE, align="C")
