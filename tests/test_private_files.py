import os
import stat
import subprocess
import sys

import pytest

from medmeta_core.private_files import (
    locked,
    make_private,
    make_private_folder,
    sweep_unfinished,
    write_whole,
    written_whole,
)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def open_handed():
    """As if everybody might read what this process writes."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_folder_is_made_for_its_owner_alone_and_an_open_one_is_closed(tmp_path):
    make_private_folder(tmp_path / "new" / "home")
    assert mode(tmp_path / "new" / "home") == 0o700
    (tmp_path / "old").mkdir(mode=0o777)
    make_private_folder(tmp_path / "old")
    assert mode(tmp_path / "old") == 0o700


def test_a_folder_that_many_share_is_left_as_it_is(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    make_private_folder(shared)
    assert mode(shared) == 0o777 | stat.S_ISVTX


def test_what_lies_in_a_folder_is_closed_too_but_not_what_a_link_leads_to(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"")
    inside = tmp_path / "home" / "blobs"
    inside.mkdir(parents=True)
    (inside / "blob").write_bytes(b"")
    (inside / "link").symlink_to(elsewhere)
    make_private(tmp_path / "home")
    assert [mode(path) for path in (inside, inside / "blob", elsewhere)] == [0o700, 0o600, 0o666]


def test_a_file_is_written_whole_and_for_its_owner_alone(tmp_path):
    path = tmp_path / "file"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_where_the_disk_refuses_nothing_unfinished_is_left(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.mkdir()
    with pytest.raises(OSError):
        write_whole(in_the_way, b"content")
    assert list(tmp_path.iterdir()) == [in_the_way]


def test_a_file_held_by_its_writer_cannot_be_held_by_another(tmp_path):
    with written_whole(tmp_path / "file", b""), pytest.raises(BlockingIOError):
        locked(tmp_path / "file").__enter__()
    with locked(tmp_path / "file"):
        pass


DYING = """
import os, sys
from pathlib import Path
Path.replace = lambda *_: os.kill(os.getpid(), 9)
from medmeta_core.private_files import write_whole
write_whole(Path(sys.argv[1]), b"half")
"""


def test_what_a_killed_writer_left_is_swept_and_what_one_alive_writes_is_not(tmp_path):
    dead = subprocess.run([sys.executable, "-c", DYING, str(tmp_path / "file")], check=False)
    assert dead.returncode == -9
    [remaining] = tmp_path.iterdir()
    (tmp_path / "alive.part").write_bytes(b"")
    with locked(tmp_path / "alive.part"):
        sweep_unfinished(tmp_path)
        assert not remaining.exists()
        assert (tmp_path / "alive.part").exists()
