"""The number of pages, which is put in when all are drawn, where the main font has no digits."""

import io
import string
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.subset import Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from pypdf import PdfReader

from medmeta_core.reporting.pdf.faces import Face, find_faces
from medmeta_core.reporting.pdf.sheet import Sheet


def letters_alone(path: Path, folder: Path) -> Path:
    """The font with its letters, as DroidSansFallback has Chinese characters and no digits."""
    font, subsetter = TTFont(path), Subsetter()
    subsetter.populate(text=string.ascii_letters + " ")
    subsetter.subset(font)
    font.save(folder / "letters.ttf")
    return folder / "letters.ttf"


@pytest.mark.parametrize("has_digits", [True, False])
def test_every_page_bears_its_number_and_how_many_there_are(
    has_digits: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    faces = find_faces(())
    path = faces.regular.path if has_digits else letters_alone(faces.regular.path, tmp_path)
    with_script = replace(faces, by_language={"zh": (Face(path), Face(path))})
    footing = ("Page {page} of {pages}", "Report")
    sheet = Sheet(with_script, language="zh", banner="Banner", footing=footing)
    for _ in range(12):
        sheet.add_page()
    pages = PdfReader(io.BytesIO(bytes(sheet.output()))).pages
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of 12" in page.extract_text().replace("\x00", "")
    assert not [record for record in caplog.records if "missing" in record.getMessage()]
