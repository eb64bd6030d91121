"""The way through the pages, as a visitor's hands take it."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from chromium import settled
from playwright.sync_api import Download, Locator, Page, expect

JOB_MS = 180_000


def widget(page: Page, key: str) -> Locator:
    """The widget or component with this Streamlit key."""
    return page.locator(f".st-key-{key}")


def press(page: Page, key: str) -> None:
    widget(page, key).get_by_role("button").first.click()
    settled(page)


def go_to(page: Page, name: str) -> None:
    """By the bar at the top."""
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name, timeout=JOB_MS)
    settled(page)


def open_demo(page: Page, url: str, name: str) -> str:
    """From the first page, with one click; the id of the new workspace."""
    page.goto(url)
    press(page, f"try-{name}")
    expect(tiles(page).first).to_be_visible(timeout=JOB_MS)
    return workspace_of(settled(page))


def adapt(page: Page) -> None:
    go_to(page, "Adapt")
    press(page, "adapt")
    expect(widget(page, "next-classify")).to_be_visible(timeout=JOB_MS)
    settled(page)


def classify(page: Page) -> None:
    """The cases that are there already are classified as soon as the page opens."""
    go_to(page, "Classify")
    expect(widget(page, "answer").locator(".headline")).to_be_visible(timeout=JOB_MS)
    settled(page)


def make_report(page: Page) -> None:
    go_to(page, "Report")
    press(page, "make-report")
    expect(widget(page, "download-pdf")).to_be_visible(timeout=JOB_MS)
    settled(page)


def take_away(page: Page, key: str) -> bytes:
    """The file behind a download button."""
    with page.expect_download(timeout=JOB_MS) as waiting:
        widget(page, key).get_by_role("button").click()
    download: Download = waiting.value
    return Path(download.path()).read_bytes()


def tiles(page: Page) -> Locator:
    """The thumbnails of the gallery."""
    return widget(page, "gallery").locator(".tile")


def counts(page: Page) -> dict[str, int]:
    """Condition → number of its examples, as the gallery tells it."""
    expect(tiles(page).first).to_be_visible()
    groups = widget(page, "gallery").locator(".group").all()
    return {
        group.locator(".name").inner_text(): int(
            re.sub(r"\D", "", group.locator(".count").inner_text())
        )
        for group in groups
    }


def choose(page: Page, key: str, paths: Path | list[Path]) -> None:
    """Through the button of an upload area (its key is counted on) and the system's dialog."""
    button = page.locator(f'[class*="st-key-{key}-"] button').first
    with page.expect_file_chooser() as waiting:
        button.click()
    waiting.value.set_files(paths)


def workspace_of(page: Page) -> str:
    """The id in the address."""
    return parse_qs(urlsplit(page.url).query)["w"][0]


def mark(page: Page, number: int) -> None:
    """Mark the picture with this place in the gallery."""
    tiles(page).nth(number).click()
    expect(widget(page, "relabel-popover")).to_be_visible()
    settled(page)


def relabel_marked(page: Page, condition: str, *, is_awaited: bool = True) -> None:
    """Give the marked pictures a new condition; wait until the page has confirmed it."""
    widget(page, "relabel-popover").get_by_role("button").first.click()
    box = widget(page, "relabel-condition").get_by_role("combobox")
    box.fill(condition)
    box.press("Enter")
    settled(page)
    widget(page, "relabel").get_by_role("button").click()
    if is_awaited:
        group = widget(page, "gallery").locator(".name", has_text=condition)
        expect(group).to_be_visible()
        settled(page)
