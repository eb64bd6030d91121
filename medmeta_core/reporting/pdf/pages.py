"""The whole report on paper."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from medmeta_core.languages import FALLBACK, LANGUAGES
from medmeta_core.reporting import blocks
from medmeta_core.reporting.blocks import Block, Document, Paragraph, Section
from medmeta_core.reporting.characters import number_of, visible
from medmeta_core.reporting.pdf import figures, tables, text_blocks
from medmeta_core.reporting.pdf import typography as look
from medmeta_core.reporting.pdf.faces import Faces, find_faces
from medmeta_core.reporting.pdf.sheet import Sheet
from medmeta_core.reporting.report import Report
from medmeta_core.reporting.sections import contents
from medmeta_core.reporting.texts import Texts
from medmeta_core.reporting.wording import moment

DRAW: dict[type[Any], Callable[[Any, Sheet], None]] = {
    blocks.Paragraph: text_blocks.draw_paragraph,
    blocks.Subheading: text_blocks.draw_subheading,
    blocks.Listing: text_blocks.draw_listing,
    blocks.Command: text_blocks.draw_command,
    blocks.KeyFigures: text_blocks.draw_key_figures,
    blocks.Facts: text_blocks.draw_facts,
    blocks.Outcome: text_blocks.draw_outcome,
    blocks.Table: tables.draw_table,
    blocks.Matrix: tables.draw_matrix,
    blocks.Ranking: figures.draw_ranking,
    blocks.SideBySide: figures.draw_side_by_side,
    blocks.Strip: figures.draw_strip,
}


BARELY_BEGUN = 32.0
"""A page with no more than this on it, in mm, counts as new: a title without its first case."""


def to_pdf(report: Report, *, faces: Faces | None = None) -> bytes:
    """The report as PDF; equal reports give equal bytes on one machine.

    A report in a language whose fonts are not found is set in English, and says so.

    Args:
        faces: the fonts to set it in; None takes those of this machine.
    """
    usable_faces = faces or find_faces()
    language = LANGUAGES[report.language]
    lacks_font = language.fonts is not None and report.language not in usable_faces.by_language
    printed = replace(report, language=FALLBACK) if lacks_font else report
    texts, document = Texts(printed.language), contents(printed)
    sheet = _blank(printed, document, usable_faces)
    _draw_title(document, sheet)
    if lacks_font:
        warning = Paragraph(texts("fallback.no_font", language=language.bcp_47), "caution")
        text_blocks.draw_paragraph(warning, sheet)
    for section in document.sections:
        _draw_section(section, sheet)
    if sheet.unshown:
        example = number_of(sheet.unshown[0])
        unshown = Paragraph(texts("fallback.unshown", example=example), "quiet")
        text_blocks.draw_paragraph(unshown, sheet)
    return sheet.finished()


def _blank(report: Report, document: Document, faces: Faces) -> Sheet:
    texts = Texts(report.language)
    sheet = Sheet(
        faces,
        language=report.language,
        banner=document.banner,
        footing=(texts("page", page="{page}", pages="{pages}"), _footing(report)),
    )
    sheet.set_title(visible(document.title))
    sheet.set_lang(document.language)
    sheet.set_subject(document.banner)
    sheet.set_creator(f"MedMeta {report.versions.get('medmeta', '')}".strip())
    sheet.set_creation_date(report.created)
    sheet.add_page()
    return sheet


def _footing(report: Report) -> str:
    return f"{report.title} · {moment(report.created)}"


def _draw_title(document: Document, sheet: Sheet) -> None:
    text_blocks.draw_text(document.title, sheet, look.TITLE, tag="H1")
    sheet.y += 2
    text_blocks.draw_opening(document.opening, sheet)


def _draw_section(section: Section, sheet: Sheet) -> None:
    sheet.running = ""
    if section.on_new_page and sheet.y > look.TOP + BARELY_BEGUN:
        sheet.add_page()
    if section.level == 1:
        sheet.y += 6 if sheet.y > look.TOP else 0
        sheet.room(25)
    sheet.start_section(sheet.printable(section.title), section.level - 1)
    kind = look.SECTION if section.level == 1 else look.CASE
    text_blocks.draw_text(section.title, sheet, kind, tag=f"H{section.level + 1}")
    if section.level == 1:
        with sheet.furniture():
            y = sheet.y + 1
            sheet.stroke(look.RULE, (look.MARGIN, y), (look.MARGIN + look.WIDTH, y))
        sheet.y = y + 3
    else:
        sheet.y += 1.5
    sheet.running = section.title
    for block in section.blocks:
        _draw_block(block, sheet)


def _draw_block(block: Block, sheet: Sheet) -> None:
    DRAW[type(block)](block, sheet)
