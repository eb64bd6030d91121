"""The database: SQLite in the workspace's folder, or PostgreSQL by its URL."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, event, insert, inspect, select
from sqlalchemy.exc import ArgumentError, DBAPIError, StatementError

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import refusing_disk
from medmeta_core.workspace.columns import canonical_json
from medmeta_core.workspace.migrations import migrate
from medmeta_core.workspace.tables import METADATA, SCHEMA_VERSION, schema

BUSY_SECONDS = 30
"""How long a write waits for another process's write to end."""

UPKEEP_SECONDS = 2
"""How long upkeep waits for others; what it could not do is done at the next start."""

MAX_FREE = 0.25
"""Share of SQLite's file that may be free before it is rewritten."""

_HAS_TRACES = 1
"""SQLite's user_version while deleted rows may have left traces in the file."""


class Database:
    """Transactions on one database; used from many threads.

    Raises:
        WorkspaceError: the database cannot be reached, or was written by a newer MedMeta.
    """

    def __init__(self, url: str) -> None:
        self.is_sqlite = is_sqlite = url.startswith("sqlite")
        try:
            self._engine = create_engine(
                url,
                json_serializer=canonical_json,
                hide_parameters=True,  # file names must not reach a log
                max_overflow=-1,  # threads wait for the database, not for a connection
                connect_args={"timeout": BUSY_SECONDS} if is_sqlite else {},
            )
        except (ImportError, ArgumentError) as error:
            raise WorkspaceError("database-url") from error
        if is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", begin_sqlite)
        snapshot = {} if is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reader = self._engine.execution_options(**snapshot)
        self._writer = self._engine.execution_options(medmeta_writes=True)
        self._create_tables()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store."""
        with _told_as_workspace_error(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes are all kept, once the block ends, or none of them."""
        with _told_as_workspace_error(), self._writer.begin() as connection:
            yield connection

    def expect_traces(self, connection: Connection) -> None:
        """Have the files overwritten where this transaction, which erases rows, is committed."""
        if self.is_sqlite:
            connection.exec_driver_sql(f"PRAGMA user_version={_HAS_TRACES}")

    def tidy(self) -> None:
        """Overwrite what is left of deleted rows, and bring SQLite's log into the database.

        `secure_delete` alone leaves copies of rows that moved to another page before they were
        deleted (decision 036), so the database is rewritten where rows were erased. Where
        others hold the database, this is left to the next start.
        """
        if not self.is_sqlite:
            return
        try:
            with closing(self._engine.raw_connection()) as connection:
                _tidy_sqlite(connection.driver_connection)
        except (sqlite3.Error, DBAPIError) as error:
            logging.getLogger(__name__).warning("Tidying waits: %s", type(error).__name__)

    def close(self) -> None:
        """Let go of the database's files; SQLite's log is empty by then."""
        self.tidy()
        self._engine.dispose()

    def _create_tables(self) -> None:
        with self.reading() as connection:
            is_new = not inspect(connection).has_table(schema.name)
        if is_new:
            with self.writing() as connection:
                METADATA.create_all(connection)
                if connection.scalar(select(schema.c.version)) is None:
                    connection.execute(insert(schema).values(version=SCHEMA_VERSION))
            return
        with self.reading() as connection:
            is_old = connection.scalar(select(schema.c.version)) != SCHEMA_VERSION
        if is_old:
            with self.writing() as connection:
                migrate(connection)


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # sqlite3 would begin transactions late, and not IMMEDIATE
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit is on the disk before the screen says so
        "foreign_keys=ON",
        "secure_delete=ON",  # what is removed is overwritten
        "temp_store=MEMORY",  # VACUUM would leave a copy in the folder for temporary files
        "wal_autocheckpoint=1",  # the file is whole after each act, without its log
    ):
        connection.execute(f"PRAGMA {pragma}")


def _tidy_sqlite(connection: Any) -> None:
    def pragma_value(pragma: str) -> int:
        return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    connection.execute(f"PRAGMA busy_timeout={UPKEEP_SECONDS * 1000}")
    try:
        is_loose = pragma_value("freelist_count") > MAX_FREE * pragma_value("page_count")
        if is_loose or pragma_value("user_version") == _HAS_TRACES:
            connection.execute("VACUUM")
            connection.execute("PRAGMA user_version=0")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")


def begin_sqlite(connection: Connection) -> None:
    """Begin a transaction as a write where it will be one."""
    # A write that begins as a read can fail half-way when another process writes first.
    writes = connection.get_execution_options().get("medmeta_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told_as_workspace_error() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise refusing_disk.of_database(error) from error
    except StatementError as error:
        raise ValueError("a value is not of its column's type, or not plain JSON") from error
