"""`Sheet`: paper with the banner on every page, and the few moves that drawing takes."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.prefs import ViewerPreferences

from medmeta_core.reporting.characters import number_of, visible
from medmeta_core.reporting.pdf import typography as look
from medmeta_core.reporting.pdf.faces import Faces
from medmeta_core.reporting.pdf.lines import wrapped
from medmeta_core.reporting.pdf.tags import TaggedOutput, TagTree
from medmeta_core.reporting.pdf.typography import Colour, Place, Size, Type

N_PAGES = "\ue000\ue001\ue002"
"""Stands for the number of pages until it is known; no text from outside keeps such a character."""


DIGITS = "0123456789"


class Sheet(FPDF):
    """An A4 document that is drawn from top to bottom; millimetres from the upper left.

    Attributes:
        banner: stands on every page.
        footing: left of the page's number, with "{page}" and "{pages}" in it; and the right side.
        running: title of what goes on overleaf; stands under the banner there.
        unshown: characters that no font has, in the order met.
    """

    def __init__(
        self, faces: Faces, *, language: str, banner: str, footing: tuple[str, str]
    ) -> None:
        super().__init__(format="A4", unit="mm")
        self.banner, self.footing = banner, footing
        self.running = ""
        self.unshown: list[str] = []
        self.struct_builder = self.tree = TagTree()
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.c_margin = 0
        self.set_margins(look.MARGIN, look.TOP)
        self.set_auto_page_break(False)
        self._widths: dict[tuple[str, bool, float, str], float] = {}
        self.alias_nb_pages(N_PAGES)
        self._spare = dict(faces.by_language)
        self._load(faces, family="other" if language in self._spare else "main")
        if language in self._spare:
            self._load_script(language, family="main")

    def _load(self, faces: Faces, *, family: str) -> None:
        self.add_font(family, "", faces.regular.path)
        self.add_font(family, "B", faces.bold.path)
        self.add_font("mono", "", faces.mono.path)
        self._families = [family]
        self.set_fallback_fonts(self._families, exact_match=False)

    def _load_script(self, language: str, *, family: str) -> None:
        """Only where it is needed: it takes longer to load than all else to draw."""
        for style, face in zip(("", "B"), self._spare.pop(language), strict=True):
            self.add_font(family, style, face.path, collection_font_number=face.number)
        self._families.append(family)
        self.set_fallback_fonts(self._families, exact_match=False)

    def header(self) -> None:
        """The banner, which is no part of the text that is read aloud page by page."""
        with self.furniture():
            self.fill(look.CAUTION, (0, 0), (self.w, 9))
            self.fill(look.CAUTION_RULE, (0, 9), (self.w, 0.3))
            self.line_of(self.banner, (0, 2.5), look.BANNER, width=self.w)
            if self.running:
                self.line_of(self.printable(self.running), (look.MARGIN, 13), look.FOOTER)
        self.y = look.TOP

    def footer(self) -> None:
        """The page's number, and which report it belongs to."""
        left, right = self.footing
        number = left.format(page=self.page, pages=N_PAGES)
        first_line = self.lines_of(right, look.FOOTER, look.WIDTH - 45)[0]
        with self.furniture():
            self.line_of(number, (look.MARGIN, 286), self._type_of_numbers())
            self.line_of(
                first_line, (look.MARGIN, 286), look.to_right(look.FOOTER), width=look.WIDTH
            )

    def _type_of_numbers(self) -> Type:
        """Of the footer: the number of pages is put in at the end, by the digits of one font."""
        font = self.fonts["main"]
        has_digits = isinstance(font, TTFFont) and all(ord(digit) in font.cmap for digit in DIGITS)
        return look.FOOTER if has_digits else replace(look.FOOTER, family="mono")

    def printable(self, text: str) -> str:
        """The text with every character that no font has replaced by its number."""
        return "".join(self._printable_character(character) for character in visible(text))

    def _printable_character(self, character: str) -> str:
        if character == "\n" or self._has(character):
            return character
        if character not in self.unshown:
            self.unshown.append(character)
        return number_of(character)

    def _has(self, character: str) -> bool:
        fonts = [font for font in self.fonts.values() if isinstance(font, TTFFont)]
        if any(ord(character) in font.cmap for font in fonts):
            return True
        if not self._spare:
            return False
        language = next(iter(self._spare))
        self._load_script(language, family=language)
        return self._has(character)

    def lines_of(self, text: str, kind: Type, width: float) -> list[str]:
        """The text broken into lines no wider than `width`."""
        return wrapped(self.printable(text), width, lambda part: self.width_of(part, kind))

    def width_of(self, text: str, kind: Type) -> float:
        """Width in mm."""
        key = (kind.family, kind.bold, kind.size, text)
        if key not in self._widths:
            self._set(kind)
            self._widths[key] = self.get_string_width(text)
        return self._widths[key]

    def line_of(self, text: str, place: Place, kind: Type, *, width: float = 0) -> None:
        """One line of text with its upper left corner at `place`, within `width`."""
        if not text:
            return
        self._set(kind)
        self.set_text_color(*kind.colour)
        self.set_xy(*place)
        self.cell(width or None, kind.leading, text, align=kind.align)

    def lines_at(self, lines: Sequence[str], place: Place, kind: Type, *, width: float = 0) -> None:
        """Lines of text below each other."""
        x, y = place
        for i, line in enumerate(lines):
            self.line_of(line, (x, y + i * kind.leading), kind, width=width)

    def fill(self, colour: Colour, place: Place, size: Size) -> None:
        """A filled rectangle."""
        self.set_fill_color(*colour)
        self.rect(*place, *size, style="F")

    def stroke(self, colour: Colour, start: Place, end: Place) -> None:
        """A thin line."""
        self.set_draw_color(*colour)
        self.set_line_width(0.2)
        self.line(*start, *end)

    def picture(self, content: bytes, place: Place, size: Size) -> None:
        """An encoded picture."""
        self.image(io.BytesIO(content), *place, *size)

    def room(self, height: float) -> bool:
        """Begin a new page unless `height` is left on this one; tell whether it was begun."""
        if self.y + height <= look.BOTTOM or self.y <= look.TOP:
            return False
        self.add_page()
        return True

    @contextmanager
    def group(self, kind: str) -> Iterator[None]:
        """Tag what is drawn within as parts of one element."""
        with self.tree.group(kind, self.page):
            yield

    @contextmanager
    def tagged(self, kind: str, alt: str = "") -> Iterator[None]:
        """Tag what is drawn within, on one page."""
        mark, parents = self.tree.leaf(kind, self.page, self.printable(alt))
        self.pages[self.page].struct_parents = parents
        self._set_min_pdf_version("1.4")
        self._out(f"/{kind} <</MCID {mark}>> BDC")
        yield
        self._out("EMC")

    @contextmanager
    def furniture(self) -> Iterator[None]:
        """Mark what is drawn within as decoration, which is not read aloud."""
        self._out("/Artifact BMC")
        yield
        self._out("EMC")

    def finished(self) -> bytes:
        """The document's bytes."""
        return bytes(self.output(output_producer_class=TaggedOutput))

    def _set(self, kind: Type) -> None:
        self.set_font(kind.family, "B" if kind.bold else "", kind.size)
