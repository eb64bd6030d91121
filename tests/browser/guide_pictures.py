"""Pictures of every page for the user guide, taken of the synthetic demo set."""

import io
from collections.abc import Iterator

from chromium import settled
from PIL import Image
from playwright.sync_api import Browser, Page
from steps import adapt, classify, go_to, make_report, open_demo

from dashboard.page_names import PAGES

WIDTH, TALLEST = 1280, 1700
DEMO = "blood_smear"
CONTENT = '[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"]'
MARGIN = 24
QUALITY = 82


def fill_workspace(browser: Browser, url: str) -> str:
    """The id of a workspace with examples, an adaptation, classified cases and a report."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 1000}, locale="en-GB")
    workspace = open_demo(page, url, DEMO)
    adapt(page)
    go_to(page, "Explore")
    classify(page)
    make_report(page)
    page.close()
    return workspace


def take_pictures(
    browser: Browser, url: str, workspace: str, *, language: str
) -> Iterator[tuple[str, bytes]]:
    """(name of the page, WebP) for each page of a filled workspace."""
    page = browser.new_page(viewport={"width": WIDTH, "height": TALLEST}, color_scheme="light")
    for name in PAGES:
        address = f"{url}/{'' if name == 'start' else name}?w={workspace}&lang={language}"
        yield name, _picture_of(page, address)
    page.close()


def _picture_of(page: Page, address: str) -> bytes:
    page.goto(address)
    settled(page)
    page.wait_for_timeout(1500)  # pictures and canvases are drawn after the run
    content = page.locator(CONTENT).first.bounding_box()
    assert content is not None
    bottom = content["y"] + content["height"]
    height = min(bottom + MARGIN, TALLEST)
    taken = page.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
    return as_webp(taken)


def as_webp(png: bytes) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(out, "WEBP", quality=QUALITY, method=6)
    return out.getvalue()
