"""Uploaded bytes lie in nameless files, not in the server's memory, and leave with their tab."""

import gc
from pathlib import Path

import pytest
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from dashboard.server.uploaded_files import DiskUploadedFileManager
from medmeta_core.imaging import Upload


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiskUploadedFileManager:
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path / "home"))
    return DiskUploadedFileManager("/upload")


def record(name: str, content: bytes) -> UploadedFileRec:
    return UploadedFileRec(file_id=name, name=f"{name}.png", type="image/png", data=content)


def n_open() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_file_is_handed_over_once_and_streamlit_holds_nothing_of_it(manager, tmp_path):
    manager.add_file("tab", record("one", b"content"))
    (streamlit_record,) = manager.get_files("tab", ["one"])
    assert streamlit_record.data == b"" and streamlit_record.name == "one.png"
    file = manager.take("tab", "one")
    upload = Upload("one.png", file)
    assert upload.n_bytes == 7
    for _ in range(2):  # each reader begins at the beginning
        with upload.open() as opened:
            assert opened.read() == b"content"
    assert manager.take("tab", "one") is None
    assert manager.take("another tab", "one") is None


def test_no_name_of_it_stands_in_any_folder(manager, tmp_path):
    manager.add_file("tab", record("one", b"content"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0


def test_what_a_tab_uploaded_leaves_with_it_unless_it_was_taken(manager):
    before = n_open()
    for name in ("one", "two", "three"):
        manager.add_file("tab", record(name, b"content"))
    manager.add_file("other tab", record("one", b"of another"))
    taken = manager.take("tab", "two")
    assert sorted(manager.sizes("tab")) == [7, 7] and manager.sizes("other tab") == [10]
    manager.remove_session_files("tab")
    assert manager.sizes("tab") == [] and not taken.closed and n_open() == before + 2
    assert manager.take("other tab", "one").read() == b""  # written to its end
    taken.close()


def test_a_file_that_is_uploaded_again_or_removed_is_let_go(manager):
    before = n_open()
    manager.add_file("tab", record("one", b"first"))
    manager.add_file("tab", record("one", b"second"))
    assert n_open() == before + 1 and manager.sizes("tab") == [6]
    manager.remove_file("tab", "one")
    manager.remove_file("tab", "one")
    assert n_open() == before
