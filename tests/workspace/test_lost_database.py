"""Where the database was lost, its pictures are the only copies left: nothing collects them."""

import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256

import pytest
from store_on_disk import home

from medmeta_core.workspace import Store


@pytest.fixture
def elsewhere(tmp_path):
    """A second home, and what to do to open it."""
    opened = []

    def open_store():
        opened.append(Store.open(tmp_path / "second"))
        return opened[-1]

    yield tmp_path / "second", open_store
    for one in opened:
        one.close()


def test_the_database_file_is_whole_after_each_act_without_its_log(
    store, desk, examples, elsewhere
):
    second, open_store = elsewhere
    store.relabel(desk, [examples[0].id], "normal")
    second.mkdir()
    shutil.copy(home(store) / "medmeta.sqlite", second)
    shutil.copytree(home(store) / "blobs", second / "blobs")
    copy = open_store()
    assert copy.images(desk) == store.images(desk)
    assert copy.unclaimed() == set()


def test_without_its_rows_no_picture_is_collected_and_all_are_reported(
    store, desk, examples, elsewhere, new_image
):
    second, open_store = elsewhere
    shutil.copytree(home(store) / "blobs", second / "blobs")
    reopened = open_store()
    blobs = {image.blob for image in examples}
    assert reopened.unclaimed() == blobs
    other = reopened.create_workspace("Other").id
    [image] = reopened.add_images(other, [new_image(50)])
    reopened.erase(other, [image.id])
    reopened.delete_workspace(other)
    reopened.collect_garbage()
    reopened.close()
    assert open_store().unclaimed() == blobs


def test_an_older_database_beside_newer_pictures_loses_none(store, desk, examples, elsewhere):
    """As where the file "-wal" was left behind when the store moved."""
    second, open_store = elsewhere
    second.mkdir()
    with closing(sqlite3.connect(home(store) / "medmeta.sqlite")) as connection:
        connection.execute("DELETE FROM images WHERE entry > 4")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(home(store) / "medmeta.sqlite", second)
    shutil.copytree(home(store) / "blobs", second / "blobs")
    older = open_store()
    n_rows = len(older.images(desk))
    assert 0 < n_rows < 6
    assert len(older.unclaimed()) == 6 - n_rows
    older.delete_workspace(desk)
    assert len(older.unclaimed()) == 6 - n_rows


def test_what_is_unclaimed_goes_when_the_user_says_so(store, desk, examples):
    [stranger] = store.blobs.write([b"stranger"])
    assert store.unclaimed() == {stranger}
    store.give_up_lost()
    assert store.unclaimed() == set()
    assert store.blobs.digests() == {image.blob for image in examples}


def test_what_is_being_brought_is_not_unclaimed(store):
    with store.bringing({sha256(b"x").hexdigest(): b"x"}):
        assert store.unclaimed() == set()
