"""Rankings and pictures on paper."""

from medmeta_core.reporting import pictures
from medmeta_core.reporting.blocks import Bar, Picture, Ranking, SideBySide, Strip
from medmeta_core.reporting.pdf import typography as look
from medmeta_core.reporting.pdf.sheet import Sheet
from medmeta_core.reporting.pdf.typography import Place, Size, from_hex

NAMES, BARS, LABELS = 58.0, 78.0, 32.0
"""Widths of the columns of a ranking, mm; the rest is for the dot."""
LARGE, BAR_WIDTH = 66.0, 3.0
"""Longest side of a large picture and breadth of its colour bar, mm."""
GAP = 4.0
IN_A_ROW = 6
BAR_HEIGHT = 3.6


def draw_ranking(block: Ranking, sheet: Sheet) -> None:
    """A bar for each condition, its interval across it."""
    with sheet.group("Table"):
        for bar in block.bars:
            names = sheet.lines_of(bar.name, look.SMALL, NAMES - 3)
            height = max(6.0, len(names) * look.SMALL.leading + 1.4)
            sheet.room(height)
            top = sheet.y
            _draw_bar(bar, sheet, top + height / 2)
            _draw_bar_words(bar, sheet, names, (top, height))
            sheet.y = top + height
    sheet.y += 2


def _draw_bar_words(bar: Bar, sheet: Sheet, names: list[str], rows: tuple[float, float]) -> None:
    top, height = rows
    y = top + (height - len(names) * look.SMALL.leading) / 2
    with sheet.group("TR"):
        with sheet.tagged("TH"):
            sheet.lines_at(names, (look.MARGIN, y), look.SMALL)
        with sheet.tagged("TD"):
            x = look.MARGIN + look.WIDTH - LABELS
            y = top + (height - look.SMALL.leading) / 2
            label = bar.label.replace(" %", "\u00a0%")
            sheet.line_of(label, (x, y), look.to_right(look.SMALL), width=LABELS)


def _draw_bar(bar: Bar, sheet: Sheet, y: float) -> None:
    x = look.MARGIN + NAMES + 4
    with sheet.furniture():
        sheet.set_draw_color(*look.QUIET)
        sheet.set_fill_color(*look.QUIET)
        sheet.set_line_width(0.2)
        sheet.circle(x - 3.4, y, 0.9, style="DF" if bar.in_set else "D")
        sheet.fill(look.TRACK, (x, y - BAR_HEIGHT / 2), (BARS, BAR_HEIGHT))
        filled = (bar.share * BARS, BAR_HEIGHT)
        sheet.fill(from_hex(bar.colour), (x, y - BAR_HEIGHT / 2), filled)
        low, high = x + bar.low * BARS, x + bar.high * BARS
        sheet.stroke(look.INK, (low, y), (high, y))
        for end in (low, high):
            sheet.stroke(look.INK, (end, y - 0.9), (end, y + 0.9))


def draw_side_by_side(block: SideBySide, sheet: Sheet) -> None:
    """Large pictures with their captions; the colour bar stands at the right of the last."""
    sizes = [_fitted(picture, (LARGE, LARGE)) for picture in block.pictures]
    height = max(height for _, height in sizes)
    sheet.room(height + 20)
    top, ends = sheet.y, []
    for i, (picture, size) in enumerate(zip(block.pictures, sizes, strict=True)):
        x = look.MARGIN + i * (LARGE + GAP)
        _draw_picture(picture, sheet, (x, top), size)
        ends.append(_draw_caption(picture, sheet, (x, top + height + 1.2), LARGE))
    if block.colour_bar is not None:
        x = look.MARGIN + len(block.pictures) * (LARGE + GAP)
        ends.append(_draw_colour_bar(block.colour_bar, sheet, (x, top), height))
    sheet.y = max(ends) + 1


def _draw_colour_bar(bar: Picture, sheet: Sheet, place: Place, height: float) -> float:
    (x, y), beside = place, place[0] + BAR_WIDTH + 1.5
    with sheet.furniture():
        sheet.picture(pictures.upright(bar.content), (x, y), (BAR_WIDTH, height))
    with sheet.tagged("P"):
        sheet.line_of("1", (beside, y - 0.6), look.LABEL)
        sheet.line_of("0", (beside, y + height - 3.4), look.LABEL)
    width = look.MARGIN + look.WIDTH - beside - 3
    lines = sheet.lines_of(bar.remark, look.FOOTER, width)
    middle = y + max(0, height - len(lines) * look.FOOTER.leading) / 2
    with sheet.tagged("Caption"):
        sheet.lines_at(lines, (beside + 3, middle), look.FOOTER)
    return middle + len(lines) * look.FOOTER.leading


def draw_strip(block: Strip, sheet: Sheet) -> None:
    """Small pictures in rows, each with its caption."""
    width = (look.WIDTH - 4 * (IN_A_ROW - 1)) / IN_A_ROW
    for first in range(0, len(block.pictures), IN_A_ROW):
        sheet.room(width + 14)
        top, ends = sheet.y, []
        for i, picture in enumerate(block.pictures[first : first + IN_A_ROW]):
            x, size = look.MARGIN + i * (width + 4), _fitted(picture, (width, width))
            with sheet.furniture():
                sheet.fill(look.TRACK, (x, top), (width, width))
            middle = (x + (width - size[0]) / 2, top + (width - size[1]) / 2)
            _draw_picture(picture, sheet, middle, size)
            ends.append(_draw_caption(picture, sheet, (x, top + width + 1), width))
        sheet.y = max(ends) + 2


def _fitted(picture: Picture, box: Size) -> Size:
    """The size in mm at which a picture fills a box without being bent."""
    width, height = pictures.size_of(picture.content)
    scale = min(box[0] / width, box[1] / height)
    return width * scale, height * scale


def _draw_picture(picture: Picture, sheet: Sheet, place: Place, size: Size) -> None:
    max_side = pictures.MAX_SIDE if max(size) > 40 else pictures.MAX_SIDE_SMALL
    content = pictures.for_print(picture.content, max_side=max_side)
    with sheet.tagged("Figure", picture.description):
        sheet.picture(content, place, size)


def _draw_caption(picture: Picture, sheet: Sheet, place: Place, width: float) -> float:
    """The caption and the remark under it; where they end."""
    x, y = place
    for text, kind in ((picture.caption, look.SMALL), (picture.remark, look.LABEL)):
        if text:
            lines = sheet.lines_of(text, kind, width)
            with sheet.tagged("Caption"):
                sheet.lines_at(lines, (x, y), kind)
            y += len(lines) * kind.leading
    return y
