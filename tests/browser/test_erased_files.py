"""What a visitor erases is in no file of the home any more, nor is it once the server has ended."""

from pathlib import Path

import pytest
from chromium import settled
from playwright.sync_api import Page, expect
from running_server import RunningServer
from steps import JOB_MS, choose, go_to, mark, press, tiles, widget, workspace_of
from uploads import drawn_folder

from medmeta_core.workspace import Store

pytestmark = pytest.mark.browser
NAME = "planted-name-7f3a"
CONDITION = "planted-condition-7f3a"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two conditions, eight pictures each, one of them with a name of its own."""
    folder_path = drawn_folder(tmp_path, n_examples=8)
    first, *_ = sorted(folder_path.iterdir())
    first = first.rename(first.with_name(CONDITION))
    for number, path in enumerate(sorted(first.iterdir())):
        path.rename(path.with_stem(f"{NAME}-{number}"))
    return folder_path


def pieces_of(home: Path, workspace_id: str) -> list[bytes]:
    """The secrets of a workspace: its names, and pieces of its pictures and small pictures."""
    store = Store.open(home)
    pieces = [NAME.encode(), CONDITION.encode(), workspace_id.encode()]
    for image in store.images(workspace_id):
        for content in (store.blobs.read(image.blob), store.thumbnail(image.id)):
            pieces.append(content[len(content) // 2 :][:24])
        pieces += [image.blob.encode(), image.source_digest.encode()]
    store.close()
    return pieces


def traces(home: Path, pieces: list[bytes]) -> list[tuple[str, bytes]]:
    matches = []
    for path in home.rglob("*"):
        content = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        matches += [(path.name, piece) for piece in pieces if piece in content]
    return matches


def begin(server: RunningServer, page: Page, folder: Path) -> str:
    page.goto(server.url)
    button = widget(page, "create-workspace")
    expect(button).to_be_visible(timeout=JOB_MS)  # the first page waits until all is imported
    press(page, "create-workspace")
    choose(page, "examples-folder", folder)
    expect(tiles(page)).to_have_count(len(list(folder.glob("*/*"))), timeout=JOB_MS)
    return workspace_of(page)


@pytest.mark.parametrize("is_at_work", [False, True])
def test_a_deleted_workspace_is_in_no_file_of_the_home(
    server: RunningServer, page: Page, folder: Path, is_at_work: bool
) -> None:
    opened = begin(server, page, folder)
    pieces = pieces_of(server.home, opened)
    assert traces(server.home, pieces)
    if is_at_work:
        go_to(page, "Adapt")
        slowest = widget(page, "adapt-method").get_by_text("Adjust the network itself", exact=True)
        slowest.click()
        settled(page)
        widget(page, "adapt").get_by_role("button").first.click()
        expect(page.locator('[class*="st-key-stop-"]').first).to_be_visible(timeout=JOB_MS)
        assert list((server.home / "jobs").glob("*.json"))
    page.goto(server.url)
    widget(page, f"more-{opened}").get_by_role("button").first.click()
    widget(page, f"sure-{opened}").locator("label").first.click()
    widget(page, f"delete-{opened}").get_by_role("button").click()
    expect(widget(page, f"row-{opened}")).to_have_count(0)
    assert traces(server.home, pieces) == []
    server.stop()
    assert traces(server.home, pieces) == []
    server.start()


def test_an_erased_image_is_in_no_file_of_the_home(
    server: RunningServer, page: Page, folder: Path
) -> None:
    opened = begin(server, page, folder)
    store = Store.open(server.home)
    first, *others = store.images(opened)
    blob, small = store.blobs.read(first.blob), store.thumbnail(first.id)
    store.close()
    pieces = [content[len(content) // 2 :][:24] for content in (blob, small)]
    pieces += [first.name.encode(), first.blob.encode(), first.source_digest.encode()]
    assert traces(server.home, pieces)
    mark(page, 0)
    widget(page, "erase-popover").get_by_role("button").first.click()
    widget(page, "erase").get_by_role("button").click()
    expect(tiles(page)).to_have_count(len(others))
    assert traces(server.home, pieces) == []


def test_the_database_needs_no_log_once_the_server_has_ended(
    server: RunningServer, page: Page, folder: Path
) -> None:
    begin(server, page, folder)
    server.stop()
    names = {path.name for path in server.home.iterdir()}
    server.start()
    assert {name for name in names if name.startswith("medmeta.sqlite")} == {"medmeta.sqlite"}
