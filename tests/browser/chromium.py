"""Chromium as this machine has it, and a page that is watched while it is driven."""

import shutil
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AT_REST = '.stApp[data-test-script-state="notRunning"]'


def chromium_path() -> str | None:
    """Where Chromium is installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def start_chromium(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)


@dataclass
class Watch:
    """What a browser context did that it must not do."""

    left_the_machine: list[str] = field(default_factory=list)
    script_errors: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self._note(request.url))
        context.on("page", self._over_page)

    def _over_page(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._note(socket.url))
        page.on("pageerror", lambda error: self.script_errors.append(str(error)))

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            self.left_the_machine.append(url)


def settled(page: Page, *, seconds: float = 30) -> Page:
    """The page once its script has run to the end and its elements are fresh."""
    page.wait_for_timeout(150)  # a click takes a moment to start a run
    page.wait_for_selector(AT_REST, timeout=seconds * 1000)
    page.wait_for_selector('[data-stale="true"]', state="detached", timeout=seconds * 1000)
    return page
