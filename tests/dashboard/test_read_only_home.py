"""A store that cannot be written: the program starts, and every page says plainly what is wrong."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.running_server import RunningServer
from read_only_folder import read_only

from dashboard.page_names import PAGES
from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import Store

ROOT = Path(__file__).parents[2]
WITHOUT_STORE = ("about",)
"""Pages that need none."""

EVERY_PAGE = f"""
import os, sys
from streamlit.testing.v1 import AppTest
from dashboard.page_names import PAGES
workspace, language = sys.argv[1:]
for name in PAGES:
    page = AppTest.from_file("{ROOT}/dashboard/pages.py", default_timeout=300)
    page.query_params["lang"] = language
    page.query_params["w"] = workspace
    page.run()
    if name != "start":
        page.switch_page(name + "/" + name + ".py").run()
    assert not page.exception, (name, page.exception)
    said = [error.value.replace("\\\\_", "_") for error in page.error]  # escaped for Markdown
    print(name, said, sep="\\t")
sys.stdout.flush()
os._exit(0)  # the warm-up may still be under way
"""


def errors_by_page(
    home: Path, language: str, *, prefix: list[str], workspace: str
) -> dict[str, str]:
    done = subprocess.run(
        [*prefix, sys.executable, "-c", EVERY_PAGE, workspace, language],
        env={**os.environ, "MEDMETA_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    return dict(line.split("\t") for line in done.stdout.splitlines())


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir(0o700)
    return folder


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("has_store", [False, True])
def test_every_page_says_that_the_folder_cannot_be_written(
    disk: Path, language: str, has_store: bool
) -> None:
    workspace = "of-the-address"
    if has_store:
        store = Store.open(disk)
        workspace = store.create_workspace("Rare eyes").id
        store.close()
    with read_only(disk) as prefix:
        home = disk if has_store else disk / "home"
        told = errors_by_page(home, language, prefix=prefix, workspace=workspace)
    sentence = str([WorkspaceError("disk-read-only").message_in(language)])
    expected = {name: str([]) if name in WITHOUT_STORE else sentence for name in PAGES}
    assert told == expected


@pytest.mark.parametrize("below", ["", "home"])
def test_a_home_that_is_a_file_is_told(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(WorkspaceError) as caught:
        Store.open(file / below)
    assert caught.value.rule == "home-no-folder"
    assert "MEDMETA_HOME" in caught.value.message_in("zh")


@pytest.fixture
def server(disk: Path, tmp_path: Path) -> Iterator[RunningServer]:
    with read_only(disk) as prefix:
        started = RunningServer(
            tmp_path / "log",
            (*prefix, sys.executable, "-m", "streamlit", "run", "dashboard/app.py"),
            settings={"MEDMETA_HOME": str(disk / "home")},
        )
        yield started
        os.killpg(started.process.pid, signal.SIGTERM)
        started.process.wait(20)


def test_the_server_starts_and_says_it_on_the_terminal(server: RunningServer) -> None:
    sentence = str(WorkspaceError("disk-read-only"))
    assert server.log().count(f"medmeta: {sentence}") == 1
    assert "Traceback" not in server.log()
