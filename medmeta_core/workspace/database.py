"""The database: SQLite in the workspace's folder, or PostgreSQL by its URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, event, insert, inspect, select
from sqlalchemy.exc import ArgumentError, DBAPIError, StatementError

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace.columns import canonical_json
from medmeta_core.workspace.migrations import migrate
from medmeta_core.workspace.tables import METADATA, SCHEMA_VERSION, schema

BUSY_SECONDS = 30
"""How long a write waits for another process's write to end."""


class Database:
    """Transactions on one database; used from many threads.

    Raises:
        WorkspaceError: the database cannot be reached, or was written by a newer MedMeta.
    """

    def __init__(self, url: str) -> None:
        is_sqlite = url.startswith("sqlite")
        try:
            self._engine = create_engine(
                url,
                json_serializer=canonical_json,
                hide_parameters=True,  # file names must not reach a log
                max_overflow=-1,  # threads wait for the database, not for a connection
                connect_args={"timeout": BUSY_SECONDS} if is_sqlite else {},
            )
        except (ImportError, ArgumentError) as error:
            raise WorkspaceError(
                "The database's address is not understood, or needs a driver that is not "
                "installed.",
                rule="database-url",
            ) from error
        if is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
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

    def close(self) -> None:
        """Let go of the database's files."""
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
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A write that begins as a read can fail half-way when another process writes first.
    writes = connection.get_execution_options().get("medmeta_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told_as_workspace_error() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise WorkspaceError(
            f"The store cannot be read or written now ({type(error.orig).__name__}); "
            "is the disk full, or another program holding it?",
            rule="store-unavailable",
        ) from error
    except StatementError as error:
        raise ValueError("a value is not of its column's type, or not plain JSON") from error
