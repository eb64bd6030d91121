"""Real Chromium against a real server."""

from collections.abc import Iterator

import pytest
from chromium import Watch, chromium_path, start_chromium
from playwright.sync_api import Browser, Page, sync_playwright
from running_server import RunningServer


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium_path() is None:
        pytest.skip("needs Chromium, which is not installed here (make test installs it as root)")
    with sync_playwright() as playwright:
        chromium = start_chromium(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path_factory.mktemp("home"))
    yield running
    running.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A visitor's tab; the test fails when a request leaves this machine or a script breaks."""
    watch = Watch()
    context = browser.new_context(
        viewport={"width": 1280, "height": 2400}, locale="en-GB", accept_downloads=True
    )
    watch.over(context)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
    assert watch.left_the_machine == []
    assert watch.script_errors == []
