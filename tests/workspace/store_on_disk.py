"""What a store keeps on disk, reached past the store."""

import sqlite3
from contextlib import closing
from pathlib import Path


def home(store):
    return Path(store.blobs._folder).parent


def altering(store, statement):
    with closing(sqlite3.connect(home(store) / "medmeta.sqlite")) as connection:
        connection.execute(statement)
        connection.commit()
