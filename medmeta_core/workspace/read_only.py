"""A SQLite database looked at so that no file is changed by it, nor made beside it.

`mode=ro` alone is not enough for a database with a write-ahead log: SQLite would make the log and
its index where they are missing, and leave them. https://sqlite.org/wal.html#readonly
"""

import sqlite3
from pathlib import Path
from typing import NoReturn

from sqlalchemy import create_engine, event, inspect, select
from sqlalchemy.pool import NullPool

from medmeta_core.errors import WorkspaceError
from medmeta_core.operating_system import SQLITE_WITHOUT_LOCKS
from medmeta_core.workspace.database import Database, begin_sqlite
from medmeta_core.workspace.tables import SCHEMA_VERSION, schema


def connect_read_only(path: Path) -> sqlite3.Connection:
    """A connection that can only read, in whatever state the last program left the database.

    Raises:
        sqlite3.Error: it cannot be opened; a file that is no database is reported when it is read.
    """
    place = f"{path.absolute().as_uri()}?mode=ro&{_manner(path)}"
    connection = sqlite3.connect(place, uri=True, isolation_level=None, check_same_thread=False)
    if _ALONE in place:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # the log is indexed in memory
    return connection


_SHARED, _ALONE, _UNTOUCHED = "readonly_shm=1", SQLITE_WITHOUT_LOCKS, "immutable=1"


def _manner(path: Path) -> str:
    """How SQLite has to open the database; without the log's index nobody else has it open."""
    log, index = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    if not log.exists():
        return _UNTOUCHED
    if index.exists():
        return _SHARED
    return _ALONE if log.stat().st_size else _UNTOUCHED


class ReadOnlyDatabase(Database):
    """The database of a store that is looked at and left as it is.

    Raises:
        WorkspaceError: it cannot be read, holds no store, or one of another version.
    """

    def __init__(self, path: Path) -> None:
        self.is_sqlite = True
        self._engine = create_engine(
            "sqlite://",
            creator=lambda: connect_read_only(path),
            poolclass=NullPool,
            hide_parameters=True,
        )
        event.listen(self._engine, "begin", begin_sqlite)
        self._reader = self._engine.execution_options()
        self._check_version()

    def writing(self) -> NoReturn:
        """Nothing is written here.

        Raises:
            ValueError: always.
        """
        raise ValueError("a store that is only looked at was to be written")

    def tidy(self) -> None:
        """Nothing is left behind by looking."""

    def _check_version(self) -> None:
        with self.reading() as connection:
            has_store = inspect(connection).has_table(schema.name)
            version = connection.scalar(select(schema.c.version)) if has_store else None
        if version is None:
            raise WorkspaceError("database-lost")
        if version != SCHEMA_VERSION:
            raise WorkspaceError("schema-older", expected=SCHEMA_VERSION, found=str(version))
