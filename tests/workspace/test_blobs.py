"""What lies in files: altered, missing or nobody's."""

from hashlib import sha256

import pytest
from store_on_disk import altering, home

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import intake


def test_an_altered_blob_is_reported_not_shown(store, desk, examples):
    path = home(store) / "blobs" / examples[0].blob
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WorkspaceError) as caught:
        store.read_image(examples[0].id)
    assert caught.value.rule == "blob-altered"
    store.read_image(examples[1].id)


def test_an_altered_blob_is_mended_when_the_image_comes_again(store, desk, examples, new_image):
    path = home(store) / "blobs" / examples[0].blob
    path.write_bytes(b"altered")
    store.add_images(desk, [new_image(0)])
    assert store.read_image(examples[0].id).height == 9


def test_a_missing_blob_is_reported(store, examples):
    (home(store) / "blobs" / examples[0].blob).unlink()
    with pytest.raises(WorkspaceError) as caught:
        store.read_image(examples[0].id)
    assert caught.value.rule == "blob-missing"


def test_an_altered_thumbnail_is_reported_not_shown(store, examples):
    altering(store, "UPDATE pictures SET content = x'00'")
    with pytest.raises(WorkspaceError) as caught:
        store.thumbnail(examples[0].id)
    assert caught.value.rule == "blob-altered"


def test_where_the_disk_refuses_the_blobs_no_row_is_written(store, desk, new_image):
    blobs = home(store) / "blobs"
    blobs.rmdir()
    blobs.write_bytes(b"a file where the folder was")
    with pytest.raises(WorkspaceError) as caught:
        store.add_images(desk, [new_image(1)])
    assert caught.value.rule == "disk-refuses"
    assert store.images(desk) == []


def test_garbage_is_what_no_row_names_and_a_note_speaks_of(store, desk, examples):
    store.remove(desk, [examples[0].id])  # undo may bring it back
    [orphan, stranger] = store.blobs.write([b"orphan", b"stranger"])
    store.blobs.note([orphan, examples[1].blob])
    altering(store, "INSERT INTO pictures VALUES ('orphan', x'00')")
    assert store.collect_garbage() == 2
    assert not store.blobs.holds(orphan)
    assert store.blobs.holds(stranger)
    assert not store.blobs.has_notes()
    assert store.read_image(examples[1].id).height == 9
    store.undo(desk)
    assert store.read_image(examples[0].id).height == 9
    assert store.thumbnail(examples[0].id)


def test_what_another_process_is_about_to_name_is_left_alone(store):
    with store.blobs.pending([sha256(b"x").hexdigest()]):
        store.blobs.write([b"x"])
        assert store.collect_garbage() == 0
    assert store.blobs.holds(sha256(b"x").hexdigest())


def test_where_rows_cannot_be_written_the_blobs_do_not_stay(store, desk, new_image, monkeypatch):
    monkeypatch.setattr(intake, "enter", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.add_images(desk, [new_image(1)])
    assert list((home(store) / "blobs").iterdir()) == []


def test_a_blob_collected_before_its_row_is_written_again(store, desk, new_image, monkeypatch):
    enter = intake.enter

    def collect_and_enter(transaction, blobs, prepared):
        blobs.delete(one.blob for one in prepared)
        return enter(transaction, blobs, prepared)

    monkeypatch.setattr(intake, "enter", collect_and_enter)
    [stored] = store.add_images(desk, [new_image(1)])
    assert store.read_image(stored.id).height == 9
