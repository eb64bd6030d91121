"""`medmeta verify`: each fault of a store is a line, and ends with exit code 2."""

import io
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medmeta_core.cli import main
from medmeta_core.home import DATABASE
from medmeta_core.imaging import read_image
from medmeta_core.workspace import NewImage, Role, Store


def picture(seed: int) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (70, 80), np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A store with four images, closed."""
    place = tmp_path / "home"
    store = Store.open(place)
    made = store.create_workspace("Rare eyes").id
    new = [NewImage(read_image(picture(i)), "x", Role.EXAMPLE, "ab"[i % 2]) for i in range(4)]
    store.add_images(made, new)
    store.close()
    return place


@pytest.fixture
def verify(monkeypatch, capsys, home):
    """Runs the command: (exit code, lines on standard output)."""

    def run(*options, of: Path = home):
        command = ["medmeta", "verify", "--home", str(of), *options]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().out.splitlines()

    return run


def alter(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / DATABASE)) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(statement)
        connection.commit()


def a_blob(home: Path) -> Path:
    return next(iter(sorted((home / "blobs").iterdir())))


def test_a_store_as_it_was_written_ends_with_0(home, verify):
    assert verify() == (0, [f"{home}: as written"])
    code, lines = verify("--json")
    assert code == 0
    assert json.loads("\n".join(lines)) == {"home": str(home), "findings": []}


def with_blob_lost(home):
    a_blob(home).unlink()


def with_blob_altered(home):
    a_blob(home).write_bytes(b"another")


def with_blob_of_nobody(home):
    (home / "blobs" / ("0" * 64)).write_bytes(b"nobody's")


def with_thumbnail_altered(home):
    alter(home, "UPDATE pictures SET content = x'00'")


def with_thumbnail_lost(home):
    alter(home, "DELETE FROM pictures")


def with_row_altered(home):
    alter(home, "UPDATE images SET condition = 'c' WHERE alias = 'E1'")


def with_line_lost(home):
    alter(home, "DELETE FROM audit WHERE kind = 'create'")


def with_workspace_lost(home):
    alter(home, "DELETE FROM workspaces")


def with_page_damaged(home):
    content = bytearray((home / DATABASE).read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (home / DATABASE).write_bytes(content)


def with_no_database(home):
    (home / DATABASE).unlink()


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (with_blob_lost, "blob-missing"),
        (with_blob_altered, "blob-altered"),
        (with_blob_of_nobody, "blob-unclaimed"),
        (with_thumbnail_altered, "picture-altered"),
        (with_thumbnail_lost, "picture-missing"),
        (with_row_altered, "row-altered"),
        (with_line_lost, "log-line"),
        (with_workspace_lost, "workspace-lost"),
        (with_page_damaged, "database"),
        (with_no_database, "database-lost"),
    ],
)
def test_a_fault_is_told_and_ends_with_2(home, verify, spoil, rule):
    spoil(home)
    code, lines = verify()
    assert code == 2
    assert rule in {line.partition(":")[0] for line in lines[:-1]}
    code, lines = verify("--json")
    assert code == 2
    assert rule in {one["rule"] for one in json.loads("\n".join(lines))["findings"]}


def test_nothing_is_erased_by_looking(home, verify):
    blobs = sorted(path.name for path in (home / "blobs").iterdir())
    with_workspace_lost(home)
    verify()
    assert sorted(path.name for path in (home / "blobs").iterdir()) == blobs


def test_the_head_that_a_report_states_is_looked_for(home, verify):
    store = Store.open(home)
    [workspace] = store.workspaces()
    head = store.audit_head(workspace.id)
    store.rename_workspace(workspace.id, "Later")
    store.close()
    assert verify("--head", head)[0] == 0
    code, lines = verify("--head", "0" * 64)
    assert (code, lines[0].partition(":")[0]) == (2, "head-unknown")


def test_where_there_is_no_store_one_line_says_so_and_none_is_made(tmp_path, verify, capsys):
    assert verify(of=tmp_path / "nowhere")[0] == 2
    assert not (tmp_path / "nowhere").exists()


def test_a_copy_of_the_home_is_as_good_as_the_original(home, verify, tmp_path):
    shutil.copytree(home, tmp_path / "copy")
    assert verify(of=tmp_path / "copy")[0] == 0
