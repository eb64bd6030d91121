"""Every page at three widths, light and dark, in each language, for human eyes.

Run: .venv/bin/python tests/browser/screenshots.py OUT [PAGE ...]
"""

import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from chromium import settled, start_chromium
from guide_pictures import fill_workspace
from playwright.sync_api import Browser, sync_playwright
from running_server import RunningServer

from dashboard.page_names import PAGES
from medmeta_core.languages import LANGUAGES

WIDTHS = (1280, 768, 390)
HEIGHTS = {1280: 2200, 768: 3000, 390: 4600}  # full_page does not grow a Streamlit page


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    width: int
    theme: Literal["light", "dark"]
    language: str


def take_all(out: Path, names: list[str]) -> None:
    """Fill a demo workspace once, then look at its pages in every way."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as home, sync_playwright() as playwright:
        server = RunningServer(Path(home))
        browser = start_chromium(playwright)
        try:
            workspace = fill_workspace(browser, server.url)
            for look in (Look(*each) for each in product(WIDTHS, ("light", "dark"), LANGUAGES)):
                address = f"{server.url}/{{name}}?w={workspace}&lang={look.language}"
                take(browser, {name: address.format(name=name) for name in names}, look, out)
        finally:
            browser.close()
            server.stop()


def take(browser: Browser, addresses: dict[str, str], look: Look, out: Path) -> None:
    """Save a picture of each address as seen in this way."""
    context = browser.new_context(
        viewport={"width": look.width, "height": HEIGHTS[look.width]}, color_scheme=look.theme
    )
    page = context.new_page()
    for name, address in addresses.items():
        page.goto(address.replace("/start?", "/?"))
        page.wait_for_timeout(1500)  # pictures and canvases are drawn after the run
        settled(page)
        page.screenshot(path=out / f"{name}-{look.width}-{look.theme}-{look.language}.png")
    context.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python tests/browser/screenshots.py OUT [PAGE ...]")
    take_all(Path(sys.argv[1]), sys.argv[2:] or list(PAGES))
