"""The chosen segment of the language switch can be read in both themes, as Chromium draws it."""

import re
from typing import Literal

import pytest
from chromium import settled
from playwright.sync_api import Browser
from running_server import RunningServer
from steps import widget
from test_theme import CONFIG, TEXT, contrast

pytestmark = pytest.mark.browser

COLOURS = "e => [getComputedStyle(e.querySelector('p')).color, getComputedStyle(e).backgroundColor]"


def over(written: str, ground: str) -> str:
    """A colour as the browser writes it, which may let the ground through, as "#rrggbb"."""
    *ink, alpha = [*map(float, re.findall(r"[\d.]+", written)), 1.0][:4]
    below = [int(ground[i : i + 2], 16) for i in (1, 3, 5)]
    mixed = (round(alpha * a + (1 - alpha) * b) for a, b in zip(ink, below, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_segment_can_be_read(
    browser: Browser, server: RunningServer, theme: Literal["light", "dark"]
) -> None:
    ground = CONFIG["theme"][theme]["backgroundColor"]
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    page.goto(server.url)
    chosen = widget(page, "language-switch").get_by_role("radio", checked=True)
    chosen.wait_for(timeout=60_000)
    ink, behind = settled(page, seconds=60).evaluate(COLOURS, chosen.element_handle())
    context.close()
    behind = over(behind, ground)
    assert contrast(over(ink, behind), behind) >= TEXT
