"""However large the pictures are, the server's own process stays small."""

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from running_server import RunningServer
from steps import JOB_MS, adapt, choose, classify, go_to, open_demo, press, tiles, widget

pytestmark = pytest.mark.browser

MAX_GROWTH_MB = 300
SIDE = 6000
N_OF_A_CONDITION = 6


class Memory:
    """What a process holds in memory, as the kernel tells (proc(5))."""

    def __init__(self, server: RunningServer) -> None:
        self._folder = Path(f"/proc/{server.process.pid}")

    def now_mb(self) -> int:
        return self._status("VmRSS")

    def peak_mb(self) -> int:
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        (self._folder / "clear_refs").write_text("5")

    def _status(self, field: str) -> int:
        lines = (self._folder / "status").read_text().splitlines()
        return next(int(line.split()[1]) >> 10 for line in lines if line.startswith(field))


def large_pictures(path: Path) -> Path:
    """A zip of some 400 kB whose pictures have 36 million pixels each."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.uint16) // 750  # 8 x 8 squares
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for condition in range(2):
            for number in range(N_OF_A_CONDITION):
                chequered = (rows * (condition + 1) + columns + number) % (3 + condition) * 60
                out = BytesIO()
                colour = np.stack([chequered.astype(np.uint8)] * 3, -1)
                Image.fromarray(colour).save(out, "PNG", compress_level=6)
                archive.writestr(f"condition {condition}/{number}.png", out.getvalue())
    return path


def test_pictures_of_36_megapixels_leave_the_server_small(
    server: RunningServer, page: Page, tmp_path: Path
) -> None:
    open_demo(page, server.url, "blood_smear")  # warm: everything is loaded and was used once
    adapt(page)
    classify(page)
    memory = Memory(server)
    memory.forget_peak()
    warm = memory.now_mb()
    page.goto(server.url)
    press(page, "create-workspace")
    choose(page, "examples-files", large_pictures(tmp_path / "large.zip"))
    expect(tiles(page)).to_have_count(2 * N_OF_A_CONDITION, timeout=3 * JOB_MS)
    adapt(page)
    go_to(page, "Explore")
    expect(page.get_by_role("img", name="Embedding map")).to_be_visible(timeout=JOB_MS)
    go_to(page, "Classify")
    choose(page, "classify-files", large_case(tmp_path / "case.jpg"))
    expect(widget(page, "answer").locator(".headline")).to_be_visible(timeout=2 * JOB_MS)
    assert memory.peak_mb() - warm < MAX_GROWTH_MB, (warm, memory.peak_mb())


def large_case(path: Path) -> Path:
    """A photograph of 36 million pixels that does not compress to nothing."""
    noise = np.random.default_rng(0).integers(0, 256, (SIDE // 8, SIDE // 8, 3)).astype(np.uint8)
    Image.fromarray(noise).resize((SIDE, SIDE)).save(path, quality=90)
    return path
