import re
import shutil
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from medmeta_core.reporting import Report, to_html

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
VOID = {"meta", "img", "wbr", "rect", "line"}
BANNER = "Research and education only — not a medical device"


class Page(HTMLParser):
    """Tags, attributes and text of a page; fails where tags do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if not self._open or self._open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).replace("\u00a0", " ").split())


def test_every_item_of_the_report_is_on_the_page(report: Report):
    text = Page(to_html(report)).text
    for item in (
        BANNER, "2026-03-14 15:09:26+01:00 (CET)", "Dr Lind", "motion blur", "Case C1",
        "Most similar to Simple bone cyst", "Not sure", "None of these", "unscaled peak is 0.0371",
        "E2, Simple bone cyst", "95 % Wilson interval", "4e1c" * 16, "c0de" * 16, "beef" * 16,
        "20260314", "temperature = 0.5713", "torch 2.12.1", "stored with lossy compression",
        "dicom-without-pixels", "Changed to Fibrous dysplasia", "Ground-glass matrix.",
        "Only the conditions listed here can be named", "CONSORT-AI", "TRIPOD+AI",
        "--examples EXAMPLES --method prototypical --backbone medmeta-conv4",
    ):  # fmt: skip
        assert item in text, item


def test_the_page_asks_for_nothing_from_elsewhere(report: Report):
    page = Page(to_html(report))
    assert {"script", "link", "iframe", "object", "embed", "base", "form"}.isdisjoint(page.tags)
    for name, value in page.attributes:
        assert not name.startswith("on")
        assert name != "style"
        if name in ("src", "href"):
            assert value.startswith(("data:image/", "#"))
    assert not re.search(r"url\(|@import|https?:", to_html(report))


def test_the_policy_allows_no_script_and_only_this_style(report: Report):
    text = to_html(report)
    style = re.search("<style>(.*?)</style>", text, re.DOTALL).group(1)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = re.search('Content-Security-Policy" content="([^"]*)"', text).group(1)
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_hostile_names_are_inert(widened: Callable[..., Report]):
    names = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style>&amp;")
    report = replace(widened(names), title="</title><script>", operator="'\"<b>")
    page = Page(to_html(report))
    assert "script" not in page.tags
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert "<script>alert(1)</script>" in page.text
    assert "</style>&amp;" in page.text


def test_a_direction_mark_cannot_turn_words_round(widened: Callable[..., Report]):
    assert "a[U+202E]b" in Page(to_html(widened(("a\u202eb", "B")))).text


def test_a_picture_has_a_description(report: Report):
    descriptions = [value for name, value in Page(to_html(report)).attributes if name == "alt"]
    assert "Case C1, the picture under the heat map for Simple bone cyst" in descriptions


def test_chinese_has_its_language_and_banner(report: Report):
    text = to_html(replace(report, language="zh"))
    assert '<html lang="zh-Hans">' in text
    assert "仅供科研与教学使用——非医疗器械" in Page(text).text


def test_no_words_of_a_regulated_device_are_used(report: Report):
    assert not re.search("diagnos|detect|screen", Page(to_html(report)).text, re.IGNORECASE)


def test_a_report_without_cases_says_so(report: Report):
    assert "This report contains no case" in Page(to_html(replace(report, cases=()))).text


def test_equal_reports_give_equal_pages(report: Report):
    assert to_html(report) == to_html(replace(report))


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, which is not installed here")
def test_a_browser_shows_it_without_a_complaint_and_prints_the_banner_on_every_sheet(
    report: Report, tmp_path: Path
):
    from pypdf import PdfReader

    (tmp_path / "report.html").write_text(to_html(report), "utf-8")
    # A thread of its own: the browser tests hold Playwright's loop in this one.
    with ThreadPoolExecutor(1) as thread:
        complaints, requests = thread.submit(_open_and_print, tmp_path).result()
    assert complaints == []
    assert set(requests) <= {"file", "data"}
    sheets = PdfReader(tmp_path / "printed.pdf").pages
    assert len(sheets) > 5
    assert all(BANNER in sheet.extract_text() for sheet in sheets)


def _open_and_print(folder: Path) -> tuple[list[str], list[str]]:
    """What a telephone's browser complains of and asks for; prints to folder/printed.pdf."""
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    requests: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: requests.append(request.url.split(":")[0]))
        page.goto((folder / "report.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("getComputedStyle(document.querySelector('.banner')).position")
        page.pdf(path=folder / "printed.pdf", prefer_css_page_size=True)
        browser.close()
    return complaints, requests
