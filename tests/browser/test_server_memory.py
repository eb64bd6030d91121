"""However large what is uploaded or saved is, the server's own process stays small."""

import zipfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from chromium import settled
from PIL import Image
from playwright.sync_api import Page, expect
from running_server import RunningServer
from steps import JOB_MS, adapt, choose, classify, go_to, open_demo, press, tiles, widget

from medmeta_core.imaging import MedicalImage
from medmeta_core.workspace import NewImage, Role, Store, write_session_file

pytestmark = pytest.mark.browser

MAX_GROWTH_MB = 300
SIDE = 6000
N_OF_A_CONDITION = 6

N_IN_SESSION, SESSION_SIDE = 10, 2500
SESSION_MB = N_IN_SESSION * 3 * SESSION_SIDE**2 >> 20


class Memory:
    """What a process itself, without its children, holds in memory (proc(5))."""

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


@pytest.fixture
def memory(server: RunningServer, page: Page) -> Iterator[Memory]:
    """Of the warm server: everything is loaded and was used once; its growth is bounded."""
    page.set_default_timeout(JOB_MS)
    open_demo(page, server.url, "blood_smear")
    adapt(page)
    classify(page)
    memory = Memory(server)
    memory.forget_peak()
    warm = memory.now_mb()
    yield memory
    assert memory.peak_mb() - warm < MAX_GROWTH_MB, (warm, memory.peak_mb())


def test_pictures_of_36_megapixels_leave_the_server_small(
    memory: Memory, server: RunningServer, page: Page, tmp_path: Path
) -> None:
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


def test_a_session_file_of_190_megabytes_is_opened_and_saved_from_the_disk(
    memory: Memory, server: RunningServer, page: Page, tmp_path: Path
) -> None:
    path = large_session(tmp_path)
    assert path.stat().st_size >> 20 in range(SESSION_MB, 200)
    page.goto(server.url)
    settled(page)
    with page.expect_file_chooser() as waiting:
        page.locator('[class*="st-key-session-file-"] button').first.click()
    waiting.value.set_files(path)
    expect(tiles(page)).to_have_count(N_IN_SESSION, timeout=3 * JOB_MS)
    page.goto(server.url)
    settled(page)
    page.locator('[class*="st-key-more-"]').get_by_role("button").first.click()
    with page.expect_download(timeout=2 * JOB_MS) as downloading:
        page.get_by_role("button", name="Save session file").click()
    saved = Path(downloading.value.path())
    with zipfile.ZipFile(saved) as archive:
        assert archive.testzip() is None
    content = saved.read_bytes()
    assert sha256(content[:-64]).hexdigest().encode() == content[-64:]


def large_pictures(path: Path) -> Path:
    """A zip of some 400 kB whose pictures have 36 million pixels each."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.uint16) // 750  # 8 x 8 squares
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for condition in range(2):
            for number in range(N_OF_A_CONDITION):
                chequered = (rows * (condition + 1) + columns) % (3 + condition) * 60 + 5 * number
                out = BytesIO()
                colour = np.stack([chequered.astype(np.uint8)] * 3, -1)
                Image.fromarray(colour).save(out, "PNG", compress_level=6)
                archive.writestr(f"condition {condition}/{number}.png", out.getvalue())
    return path


def large_case(path: Path) -> Path:
    """A photograph of 36 million pixels that does not compress to nothing."""
    noise = np.random.default_rng(0).integers(0, 256, (SIDE // 8, SIDE // 8, 3)).astype(np.uint8)
    Image.fromarray(noise).resize((SIDE, SIDE)).save(path, quality=90)
    return path


def large_session(folder: Path) -> Path:
    """A session file with pictures of noise, which do not compress."""
    store = Store.open(folder / "another home")
    workspace = store.create_workspace("Large").id
    for number in range(N_IN_SESSION):
        shape = (3, SESSION_SIDE, SESSION_SIDE)
        levels = np.random.default_rng(number).integers(0, 256, shape, np.uint8)
        digest = sha256(levels.tobytes()).hexdigest()
        image = MedicalImage(levels / np.float32(255), modality="OT", source_digest=digest)
        store.add_images(workspace, [NewImage(image, "x.png", Role.EXAMPLE, "ab"[number % 2])])
    path = folder / "large.medmeta.zip"
    with write_session_file(store, workspace) as written, path.open("wb") as file:
        while piece := written.read(2**20):
            file.write(piece)
    store.close()
    return path
