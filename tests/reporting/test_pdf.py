import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from bone_lesions import BONE_LESIONS, CREATED
from pypdf import PdfReader

from medmeta_core.reporting import Report, Verdict, to_pdf
from medmeta_core.reporting.pdf.faces import find_faces

BANNER = "Research and education only — not a medical device"
NO_CHINESE = replace(find_faces(), by_language={})
needs_chinese = pytest.mark.skipif(
    "zh" not in find_faces().by_language, reason="needs a Chinese font, which is not installed here"
)
MM = 72 / 25.4


def reader_of(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def pages_of(content: bytes) -> list[str]:
    """The text of each page; pypdf reads the two bytes of a Chinese code as two characters."""
    texts = (page.extract_text().replace("\x00", "") for page in reader_of(content).pages)
    return [" ".join(text.replace("\u00a0", " ").split()) for text in texts]


@pytest.fixture(scope="module")
def printed(report: Report) -> bytes:
    return to_pdf(report)


def test_every_item_of_the_report_is_on_paper(printed: bytes):
    text = " ".join(pages_of(printed))
    for item in (
        "2026-03-14 15:09:26+01:00 (CET)", "Dr Lind", "motion blur", "Case C1",
        "Most similar to Simple bone cyst", "82 % (70–96 %)", "Not sure", "None of these",
        "unscaled peak is 0.0371", "cosine 0.930", "95 % Wilson interval", "6 of 6",
        "4e1c" * 16, "c0de" * 16, "beef" * 16, "20260314", "temperature = 0.5713",
        "torch 2.12.1", "stored with lossy compression", "dicom-without-pixels",
        "Changed to Fibrous dysplasia", "Ground-glass matrix.", "Sunburst reaction fits.",
        "CONSORT-AI", "TRIPOD+AI", "18a", "To be filled in by the user", "Not applicable",
        "--examples EXAMPLES --method prototypical --backbone medmeta-conv4",
    ):  # fmt: skip
        assert item in text, item


def test_every_page_bears_the_banner_and_its_number(printed: bytes):
    pages = pages_of(printed)
    for number, text in enumerate(pages, 1):
        assert BANNER in text
        assert f"Page {number} of {len(pages)}" in text


def test_it_tells_its_title_language_and_date(printed: bytes):
    reader = reader_of(printed)
    assert reader.metadata.title == "Bone lesions of the long bones"
    assert reader.metadata.creation_date == CREATED
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]


def test_sections_and_cases_are_in_the_outline(printed: bytes):
    outline = reader_of(printed).outline
    titles = [entry.title for entry in outline if not isinstance(entry, list)]
    assert titles[:3] == ["Summary", "Conditions and examples", "Cases"]
    assert [entry.title for entry in outline[3]] == ["Case C1", "Case C2", "Case C3", "Case C4"]


def test_no_words_of_a_regulated_device_are_used(printed: bytes):
    assert not re.search("diagnos|detect|screen", " ".join(pages_of(printed)), re.IGNORECASE)


def test_equal_reports_give_equal_bytes_in_any_process(report: Report, printed: bytes):
    assert to_pdf(replace(report)) == printed
    ask = (
        "import hashlib; from bone_lesions import bone_report;"
        "from medmeta_core.reporting import to_pdf;"
        "print(hashlib.sha256(to_pdf(bone_report())).hexdigest())"
    )
    here = Path(__file__).parent
    elsewhere = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=here,
        env=os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": str(here.parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert elsewhere.stdout.strip() == sha256(printed).hexdigest()


def test_a_report_without_cases_is_short_and_says_so(report: Report):
    pages = pages_of(to_pdf(replace(report, cases=())))
    assert "This report contains no case" in pages[0]
    assert len(pages) <= 6


def test_fifty_cases_have_a_page_each(widened: Callable[..., Report]):
    pages = pages_of(to_pdf(widened(BONE_LESIONS, n_cases=50)))
    assert sum("Ranked conditions" in text for text in pages) == 50
    assert len(pages) < 62


def test_nothing_leaves_the_page_with_twenty_long_names(widened: Callable[..., Report]):
    names = tuple(f"{k} {'long ' * 9}name {'x' * 60}"[:60] for k in range(20))
    reader = reader_of(to_pdf(widened(names, n_cases=2)))
    places: list[tuple[float, float]] = []
    for page in reader.pages:
        page.extract_text(
            visitor_text=lambda text, cm, tm, font, size: (
                places.append((tm[4], tm[5])) if text.strip() else None
            )
        )
    assert all(17 * MM < x < 193 * MM for x, _ in places if x)
    assert all(8 * MM < y < 297 * MM for _, y in places if y)


def test_a_comment_longer_than_a_page_goes_on_overleaf(report: Report):
    comment = " ".join(f"word{k}" for k in range(2500))
    verdict = Verdict("unsure", None, comment, "Dr Lind", CREATED)
    case = replace(report.cases[0], verdict=verdict)
    pages = pages_of(to_pdf(replace(report, cases=(case,))))
    assert "word2499" in " ".join(pages)
    holding = [text for text in pages if "word1200" in text]
    assert "Case C1" in holding[0]  # whose page it is, is told


@needs_chinese
def test_a_chinese_report_is_in_chinese(report: Report):
    content = to_pdf(replace(report, language="zh", title="长骨病变"))
    pages = pages_of(content)
    assert all("仅供科研与教学使用——非医疗器械" in text for text in pages)
    assert reader_of(content).trailer["/Root"]["/Lang"] == "zh-Hans"
    assert "长骨病变" in pages[0]
    assert "最接近“Simple bone cyst”" in " ".join(pages)


@needs_chinese
def test_a_chinese_condition_is_shown_in_an_english_report(widened: Callable[..., Report]):
    assert "骨肉瘤" in " ".join(pages_of(to_pdf(widened(("骨肉瘤", "Osteoma")))))


def test_without_a_chinese_font_the_report_is_english_and_says_why(report: Report):
    content = to_pdf(replace(report, language="zh"), faces=NO_CHINESE)
    pages = pages_of(content)
    assert "(zh-Hans) was requested, but no font for its script was found" in pages[0]
    assert all(BANNER in text for text in pages)
    assert reader_of(content).trailer["/Root"]["/Lang"] == "en"


def test_a_character_without_a_glyph_is_printed_by_its_number(widened: Callable[..., Report]):
    text = " ".join(pages_of(to_pdf(widened(("骨", "Osteoma")), faces=NO_CHINESE)))
    assert "[U+9AA8]" in text
    assert "printed by their Unicode number in brackets, for example [U+9AA8]" in text


def test_hostile_names_neither_break_nor_fool_it(widened: Callable[..., Report]):
    names = ("<script>alert(1)</script>", "{nb} {page}", "a\u202eb\u200b\x00", "\ud800😀" * 3, "")
    text = " ".join(pages_of(to_pdf(replace(widened(names), title="{nb} \\ (x) %PDF"))))
    assert "<script>alert(1)</script>" in text
    assert "{nb} {page}" in text
    assert "a[U+202E]b[U+200B][U+0000]" in text
    assert "[U+D800]" in text
