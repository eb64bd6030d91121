"""What a tab brings beyond its quota is refused at the door, and the page says what to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import settled
from playwright.sync_api import Browser, Page, expect
from running_server import RunningServer
from steps import JOB_MS, choose, press, tiles
from uploads import new_case

pytestmark = pytest.mark.browser
SENTENCE = "area => getComputedStyle(area, '::after').content"


@pytest.fixture
def narrow_server(browser: Browser, tmp_path: Path) -> Iterator[RunningServer]:
    settings = {"MEDMETA_UPLOAD_MB": "1", "MEDMETA_UPLOAD_FILES": "2"}
    running = RunningServer(tmp_path / "home", settings=settings)
    yield running
    running.stop()


def test_a_file_beyond_the_quota_is_refused_in_a_sentence_and_others_go_on(
    narrow_server: RunningServer, page: Page, tmp_path: Path
) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(bytes(2 * 2**20))
    page.goto(narrow_server.url)
    press(page, "create-workspace")
    area = page.locator('[class*="st-key-examples-files-"] [data-testid="stFileUploader"]')
    assert area.evaluate(SENTENCE) == "none"
    choose(page, "examples-files", large)
    expect(page.locator('[data-testid="stFileChip"][aria-invalid="true"]')).to_have_count(
        1, timeout=JOB_MS
    )
    assert "at most 1 MB in 2 files" in area.evaluate(SENTENCE)
    page.get_by_role("button", name="Remove large.png").click()
    settled(page)
    assert area.evaluate(SENTENCE) == "none"
    choose(page, "examples-files", new_case())
    expect(tiles(page)).to_have_count(1, timeout=JOB_MS)
