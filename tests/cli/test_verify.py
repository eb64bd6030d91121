"""`medmeta verify`: each fault of a store is a line, and ends with exit code 2."""

import io
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medmeta_core.cli import main
from medmeta_core.imaging import read_image
from medmeta_core.paths import DATABASE
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
    workspace = store.create_workspace("Rare eyes").id
    new = [NewImage(read_image(picture(i)), "x", Role.EXAMPLE, "ab"[i % 2]) for i in range(4)]
    store.add_images(workspace, new)
    store.close()
    return place


@pytest.fixture
def verify(monkeypatch, capsys, home):
    """Runs the command, which changes nothing: (exit code, lines on standard output)."""

    def run(*options, of: Path = home):
        command = ["medmeta", "verify", "--home", str(of), *options]
        monkeypatch.setattr(sys, "argv", command)
        before = state_of(of)
        with pytest.raises(SystemExit) as ended:
            main()
        assert state_of(of) == before
        return ended.value.code, capsys.readouterr().out.splitlines()

    return run


def state_of(folder: Path) -> dict[str, tuple[object, ...]]:
    """Of each file and folder: permissions, time of the last change, sha256."""
    state = {}
    for path in (folder, *folder.rglob("*")):
        if path.exists():
            content = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            state[str(path)] = (path.stat().st_mode, path.stat().st_mtime_ns, content)
    return state


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


def with_empty_database(home):
    (home / DATABASE).write_bytes(b"")


def with_database_of_another_program(home):
    (home / DATABASE).unlink()
    alter(home, "CREATE TABLE people (name)")


def with_no_pictures(home):
    shutil.rmtree(home / "blobs")


def with_store_of_another_version(home):
    alter(home, "UPDATE medmeta_schema SET version = 1")


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (with_blob_lost, "image-missing"),
        (with_blob_altered, "image-altered"),
        (with_blob_of_nobody, "blob-unclaimed"),
        (with_thumbnail_altered, "picture-altered"),
        (with_thumbnail_lost, "picture-missing"),
        (with_row_altered, "row-altered"),
        (with_line_lost, "log-line"),
        (with_workspace_lost, "workspace-lost"),
        (with_page_damaged, "database"),
        (with_no_database, "pictures-without-database"),
        (with_empty_database, "database-lost"),
        (with_database_of_another_program, "database-lost"),
        (with_no_pictures, "image-missing"),
        (with_store_of_another_version, "schema-older"),
    ],
)
def test_a_fault_is_reported_and_ends_with_2(home, verify, spoil, rule):
    spoil(home)
    code, lines = verify()
    assert code == 2
    assert rule in {line.partition(":")[0] for line in lines[:-1]}
    code, lines = verify("--json")
    assert code == 2
    assert rule in {one["rule"] for one in json.loads("\n".join(lines))["findings"]}


SERVER = """
import sys
from pathlib import Path
from medmeta_core.workspace import Store
from medmeta_core.workspace.database import Database
Database.tidy = lambda self: None
store = Store.open(Path(sys.argv[1]))
[workspace] = store.workspaces()
with store.database.reading() as connection:
    connection.exec_driver_sql("SELECT * FROM workspaces").fetchall()  # holds up the checkpoint
    store.rename_workspace(workspace.id, "Later")
    print("renamed", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def server(home):
    """Another process that has the store open, its last act still in SQLite's log."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"renamed\n"
    yield process
    process.kill()
    process.wait()


def test_a_store_in_use_is_looked_at_as_it_is(home, verify, server):
    assert verify() == (0, [f"{home}: as written"])


@pytest.mark.parametrize("has_index", [True, False])
def test_a_log_that_a_killed_server_left_is_read_and_left(home, verify, server, has_index):
    server.kill()
    server.wait()
    if not has_index:  # as in a copy of the two files that matter
        (home / f"{DATABASE}-shm").unlink()
    assert (home / f"{DATABASE}-wal").stat().st_size > 0
    assert verify() == (0, [f"{home}: as written"])
    (home / f"{DATABASE}-wal").unlink()
    code, lines = verify()
    assert (code, lines[0].partition(":")[0]) == (2, "log-head")  # its last act is lost


def test_a_folder_with_an_odd_name_is_looked_at(home, verify):
    odd = home.rename(home.with_name("100% #1?mode=rw"))
    assert verify(of=odd) == (0, [f"{odd}: as written"])


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
