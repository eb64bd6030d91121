"""The pictures of the user guide, taken of the demo set.

`pytest tests/browser/test_guide_pictures.py --guide-pictures docs/images` writes them anew.
"""

import io
from pathlib import Path

import pytest
from guide_pictures import WIDTH, fill_workspace, take_pictures
from PIL import Image
from playwright.sync_api import Browser
from running_server import RunningServer

from medmeta_core.languages import FALLBACK, LANGUAGES

pytestmark = pytest.mark.browser


def test_each_page_of_a_filled_workspace_gives_a_picture(
    server: RunningServer, browser: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    option: Path | None = request.config.getoption("--guide-pictures")
    folder = option or tmp_path
    workspace = fill_workspace(browser, server.url)
    for language in LANGUAGES if option else (FALLBACK,):
        (folder / language).mkdir(parents=True, exist_ok=True)
        for name, content in take_pictures(browser, server.url, workspace, language=language):
            (folder / language / f"{name}.webp").write_bytes(content)
            with Image.open(io.BytesIO(content)) as picture:
                assert picture.width == WIDTH
                colours = picture.resize((64, 64)).getcolors(64 * 64)
                assert colours is not None and len(colours) > 100, f"{name} shows hardly anything"
