"""A workspace that was changed past MedMeta says so on every page it is opened on."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.engine import home
from medmeta_core.imaging import read_image
from medmeta_core.workspace import NewImage, Role, Store, Workspace

OpenPage = Callable[..., AppTest]
APP = Path(__file__).parents[2] / "dashboard" / "pages.py"
TITLE = "**This workspace is not as MedMeta wrote it:**"


@pytest.fixture
def workspace(here: Store, picture: Callable[..., bytes]) -> Workspace:
    workspace = here.create_workspace("Rare eyes")
    new = [NewImage(read_image(picture(i)), "x", Role.EXAMPLE, "ab"[i % 2]) for i in range(4)]
    here.add_images(workspace.id, new)
    return workspace


def alter(statement: str) -> None:
    with closing(sqlite3.connect(home() / "medmeta.sqlite")) as connection:
        assert connection.execute(statement).rowcount
        connection.commit()


@pytest.mark.parametrize("name", ["examples", "adapt", "explore", "classify", "report"])
def test_a_changed_row_is_shown_on_each_page(
    here: Store, open_page: OpenPage, workspace: Workspace, name: str
) -> None:
    alter("UPDATE images SET condition = 'c' WHERE alias = 'E2'")
    page = open_page(name, w=workspace.id)
    assert not page.exception
    [shown_text] = [warning.value for warning in page.warning if TITLE in warning.value]
    assert "- Stored rows changed without a log entry: 1 (image E2)." in shown_text


def test_what_is_unbroken_is_reported_on_the_report_alone(
    here: Store, open_page: OpenPage, workspace: Workspace
) -> None:
    page = open_page("report", w=workspace.id)
    assert not page.warning
    assert any("The log (2 entries) and the rows" in caption.value for caption in page.caption)


def test_each_workspace_is_looked_at_when_it_is_opened(
    here: Store, open_page: OpenPage, workspace: Workspace
) -> None:
    other = here.create_workspace("Other")
    page = open_page("examples", w=other.id)
    alter(f"UPDATE audit SET kind = 'x' WHERE workspace_id = '{workspace.id}'")
    assert not page.run().warning
    page.query_params["w"] = workspace.id
    assert any(TITLE in warning.value for warning in page.run().warning)


def test_a_damaged_database_is_reported_on_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path))
    (tmp_path / "medmeta.sqlite").write_bytes(b"no database, by any means" * 200)
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not page.exception
    [error] = page.error
    assert error.value.startswith("The database of the store is damaged")
