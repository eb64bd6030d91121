"""One sentence for each cause, and nothing half done, where the disk or the database refuses."""

import os
import shutil
import sqlite3
import stat
import subprocess
from contextlib import closing, contextmanager

import pytest
from store_on_disk import home

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import Store, database, read_session_file


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.getuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small disk")
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def read_only(place):
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)


def message_of(act):
    with pytest.raises(WorkspaceError) as caught:
        act()
    return caught.value.rule


def fill_up(place):
    for n_bytes in (4096, 512, 1):
        with (place / "filler").open("ab", buffering=0) as file, pytest.raises(OSError):
            while True:
                file.write(b"x" * n_bytes)


def test_a_full_disk_is_reported_and_nothing_unfinished_is_left(
    small_disk, add_examples, new_image
):
    store = Store.open(small_disk)
    desk = store.create_workspace("Desk").id
    examples = add_examples(store, desk)
    before = store.blobs.digests()
    fill_up(small_disk)
    assert message_of(lambda: store.add_images(desk, [new_image(i) for i in range(20, 40)])) == (
        "disk-full"
    )
    assert message_of(lambda: [store.rename_workspace(desk, "x" * 100) for _ in range(999)]) == (
        "disk-full"
    )
    (small_disk / "filler").unlink()
    store.sweep()
    assert store.blobs.digests() == before
    assert {path.suffix for path in (small_disk / "blobs").iterdir()} == {""}
    assert store.images(desk) == examples
    assert store.verify_audit(desk)
    store.close()


def test_a_read_only_disk_is_reported(small_disk, new_image):
    store = Store.open(small_disk)
    desk = store.create_workspace("Desk").id
    store.close()
    with read_only(small_disk):
        assert (
            message_of(lambda: Store.open(small_disk).rename_workspace(desk, "x"))
            == "disk-read-only"
        )
        assert message_of(lambda: store.add_images(desk, [new_image(1)])) == "disk-read-only"


def test_a_folder_that_may_not_be_written_is_reported(tmp_path):
    if os.getuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    assert message_of(lambda: Store.open(tmp_path / "home")) == "disk-read-only"


def test_a_damaged_database_is_reported_and_left_as_it_is(store, desk, examples):
    store.close()
    path = home(store) / "medmeta.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    path.write_bytes(content)
    assert message_of(lambda: Store.open(home(store)).images(desk)) == "database-damaged"
    assert path.read_bytes() == content
    assert len(store.blobs.digests()) == 6


def test_a_database_that_another_program_holds_is_reported(store, desk, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    other = Store.open(home(store))
    with closing(sqlite3.connect(home(store) / "medmeta.sqlite")) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert message_of(lambda: other.rename_workspace(desk, "x")) == "database-locked"
    other.rename_workspace(desk, "x")
    other.close()


def test_a_session_file_that_does_not_fit_leaves_nothing(small_disk, sealed):
    store = Store.open(small_disk)
    fill_up(small_disk)
    assert message_of(lambda: read_session_file(store, sealed)) == "disk-full"
    (small_disk / "filler").unlink()
    store.sweep()
    assert store.blobs.digests() == set()
    assert store.workspaces() == []
    store.close()


def test_the_home_and_all_in_it_are_its_owners_alone(tmp_path, add_examples):
    before = os.umask(0)
    try:
        store = Store.open(tmp_path / "home")
        add_examples(store, store.create_workspace("Desk").id)
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in [tmp_path / "home", *(tmp_path / "home").rglob("*")]
        }
        store.close()
    finally:
        os.umask(before)
    folders = {name: mode for name, mode in modes.items() if name in ("home", "blobs", "log-heads")}
    assert folders == {"home": 0o700, "blobs": 0o700, "log-heads": 0o700}
    files = {name: mode for name, mode in modes.items() if name not in folders}
    assert {"medmeta.sqlite", "medmeta.sqlite-wal", "medmeta.sqlite-shm"} < set(files)
    assert len(files) == 3 + 6 + 1
    assert set(files.values()) == {0o600}


def test_a_home_that_others_could_read_is_closed_to_them_at_the_start(store, desk, examples):
    store.close()
    for path in [home(store), *home(store).rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o644)
    Store.open(home(store)).close()
    for path in [home(store), *home(store).rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
