"""Running text, key figures, facts and outcomes on paper."""

from medmeta_core.reporting.blocks import (
    Command,
    Facts,
    KeyFigure,
    KeyFigures,
    Listing,
    Outcome,
    Paragraph,
    Subheading,
)
from medmeta_core.reporting.pdf import typography as look
from medmeta_core.reporting.pdf.rows import Cell, put_row
from medmeta_core.reporting.pdf.sheet import Sheet
from medmeta_core.reporting.pdf.typography import Type

GAP = 4.0
INDENT = 4.5
LABELS = 46.0
"""Width of the names of facts, mm."""


def draw_text(text: str, sheet: Sheet, kind: Type, *, tag: str = "P") -> None:
    """Text that may go on overleaf; a point of a list is set in."""
    indent = INDENT if tag == "LI" else 0
    lines = sheet.lines_of(text, kind, look.WIDTH - indent)
    while lines:
        sheet.room(min(len(lines), 2) * kind.leading)
        fitting = max(1, int((look.BOTTOM - sheet.y) / kind.leading))
        top = sheet.y
        with sheet.tagged(tag):
            sheet.lines_at(lines[:fitting], (look.MARGIN + indent, top), kind)
        sheet.y = top + len(lines[:fitting]) * kind.leading
        lines = lines[fitting:]


def draw_paragraph(block: Paragraph, sheet: Sheet) -> None:
    """A paragraph in its tone."""
    if block.tone == "caution":
        _draw_panel([(block.text, Type(9, 4.5, look.CAUTION_INK))], sheet, is_calm=False)
    else:
        draw_text(block.text, sheet, look.LABEL if block.tone == "quiet" else look.BODY)
        sheet.y += 2.2


def draw_subheading(block: Subheading, sheet: Sheet) -> None:
    """A small title that stays with what follows."""
    sheet.y += 2.4
    sheet.room(24)
    draw_text(block.text, sheet, look.SUBHEADING, tag="H3")
    sheet.y += 0.8


def draw_listing(block: Listing, sheet: Sheet) -> None:
    """Points with a dot before each."""
    for item in block.items:
        sheet.room(2 * look.BODY.leading)
        top = sheet.y
        with sheet.furniture():
            sheet.set_fill_color(*look.ACCENT)
            sheet.circle(look.MARGIN + 1.2, top + look.BODY.leading / 2, 0.6, style="F")
        sheet.y = top
        draw_text(item, sheet, look.BODY, tag="LI")
        sheet.y += 1
    sheet.y += 1.5


def draw_command(block: Command, sheet: Sheet) -> None:
    """What is to be typed, on a panel."""
    lines = sheet.lines_of(block.text, look.CODE, look.WIDTH - 8)
    height = len(lines) * look.CODE.leading + 5
    sheet.room(height)
    top = sheet.y
    with sheet.furniture():
        sheet.fill(look.PANEL, (look.MARGIN, top), (look.WIDTH, height))
    with sheet.tagged("Code"):
        sheet.lines_at(lines, (look.MARGIN + 4, top + 2.5), look.CODE)
    sheet.y = top + height + 3


def draw_outcome(block: Outcome, sheet: Sheet) -> None:
    """What is said of a case, on a panel; amber where no condition is named."""
    colour = look.INK if block.is_named else look.CAUTION_INK
    headline = Type(look.HEADLINE.size, look.HEADLINE.leading, colour, bold=True)
    texts = [(block.headline, headline), (block.reason, Type(9, 4.5, colour))]
    _draw_panel(texts, sheet, is_calm=block.is_named)


def _draw_panel(texts: list[tuple[str, Type]], sheet: Sheet, *, is_calm: bool) -> None:
    runs = [(sheet.lines_of(text, kind, look.WIDTH - 10), kind) for text, kind in texts]
    height = sum(len(lines) * kind.leading for lines, kind in runs) + 6
    sheet.room(height)
    top, place = sheet.y, (look.MARGIN, sheet.y)
    with sheet.furniture():
        sheet.fill(look.PANEL if is_calm else look.CAUTION, place, (look.WIDTH, height))
        edge = look.ACCENT if is_calm else look.CAUTION_RULE
        sheet.fill(edge, place, (1, height))
    y = top + 3
    for lines, kind in runs:
        with sheet.tagged("P"):
            sheet.lines_at(lines, (look.MARGIN + 5, y), kind)
        y += len(lines) * kind.leading
    sheet.y = top + height + GAP


def draw_key_figures(block: KeyFigures, sheet: Sheet) -> None:
    """Panels in a row."""
    width = (look.WIDTH - 3 * (len(block.figures) - 1)) / len(block.figures)
    remarks = [sheet.lines_of(one.remark, look.LABEL, width - 7) for one in block.figures]
    height = 19 + max(len(lines) for lines in remarks) * look.LABEL.leading
    sheet.room(height)
    top = sheet.y
    for i, figure in enumerate(block.figures):
        x = look.MARGIN + i * (width + 3)
        with sheet.furniture():
            sheet.fill(look.PANEL, (x, top), (width, height))
        _draw_key_figure(figure, sheet, remarks[i], (x + 3.5, top + 3))
    sheet.y = top + height + GAP


def _draw_key_figure(
    figure: KeyFigure, sheet: Sheet, remark: list[str], place: tuple[float, float]
) -> None:
    x, y = place
    with sheet.tagged("P"):
        sheet.line_of(sheet.printable(figure.name), (x, y), look.LABEL)
        sheet.line_of(sheet.printable(figure.value), (x, y + 4.2), look.FIGURE)
        sheet.lines_at(remark, (x, y + 13), look.LABEL)


def draw_facts(block: Facts, sheet: Sheet) -> None:
    """Names on the left, values on the right."""
    sheet.y += 1
    with sheet.group("Table"):
        for name, value in block.pairs:
            x = look.MARGIN + LABELS
            names = Cell(
                sheet.lines_of(name, look.LABEL, LABELS - 4), look.MARGIN, LABELS, look.LABEL, "TH"
            )
            width = look.WIDTH - LABELS
            values = Cell(sheet.lines_of(value, look.SMALL, width), x, width, look.SMALL)
            put_row(sheet, (names, values), on_new_page=lambda: None)
    sheet.y += 3


def draw_opening(block: Facts, sheet: Sheet) -> None:
    """Facts beside each other, each name above its value."""
    width = look.WIDTH / len(block.pairs)
    values = [sheet.lines_of(value, look.SMALL, width - 3) for _, value in block.pairs]
    top = sheet.y
    for i, (name, _) in enumerate(block.pairs):
        x = look.MARGIN + i * width
        with sheet.tagged("P"):
            sheet.line_of(sheet.printable(name), (x, top), look.LABEL)
            sheet.lines_at(values[i], (x, top + 4), look.SMALL)
    sheet.y = top + 4 + max(map(len, values)) * look.SMALL.leading + 2
