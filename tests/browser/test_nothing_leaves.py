"""Over a whole journey no connection leaves the machine and no rule of the browser is broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import settled
from connections import Connections
from playwright.sync_api import Browser, Page, expect
from running_server import RunningServer
from steps import JOB_MS, adapt, classify, go_to, make_report, open_demo, take_away, widget

pytestmark = pytest.mark.browser
BROKEN_RULE = "Content Security Policy"
"""What Chromium writes to the console, in any frame, when it keeps something from being loaded."""


@pytest.fixture
def connections(tmp_path: Path) -> Iterator[Connections]:
    noted = Connections(tmp_path / "connections")
    yield noted
    noted.close()


@pytest.fixture
def watched_server(
    browser: Browser, tmp_path: Path, connections: Connections
) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path / "home", settings=connections.settings)
    yield running
    running.stop()


def test_a_whole_journey_opens_no_connection_and_breaks_no_rule(
    watched_server: RunningServer, connections: Connections, page: Page
) -> None:
    console: list[str] = []
    page.on("console", lambda message: console.append(message.text))
    open_demo(page, watched_server.url, "blood_smear")
    adapt(page)
    go_to(page, "Explore")
    widget(page, "projection").get_by_role("radio", name="3-D").first.click()
    expect(widget(page, "embedding-space").locator("canvas").first).to_be_visible(timeout=JOB_MS)
    classify(page)
    make_report(page)
    preview = page.frame_locator("iframe")
    expect(preview.get_by_role("heading").first).to_be_visible(timeout=JOB_MS)
    assert take_away(page, "download-pdf").startswith(b"%PDF")
    go_to(page, "About")
    expect(page.get_by_test_id("stDataFrame").last).to_be_visible(timeout=JOB_MS)
    settled(page)
    assert [text for text in console if BROKEN_RULE in text] == []
    assert connections.tried == []
    assert connections.asked_of_proxy == []
