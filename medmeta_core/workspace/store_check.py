"""The whole store looked through: database, log, rows, and every picture by its digest."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, select

from medmeta_core.errors import WorkspaceError
from medmeta_core.paths import DATABASE
from medmeta_core.progress import Progress, silent
from medmeta_core.workspace import reading, tables
from medmeta_core.workspace.read_only import connect_read_only
from medmeta_core.workspace.verification import Finding
from medmeta_core.workspace.workspace_store import WorkspaceStore


def check_store(archive: WorkspaceStore, *, progress: Progress = silent) -> list[Finding]:
    """All that is not as it was written, in a store that can be opened."""
    with archive.database.reading() as connection:
        named = _named(connection)
        findings = [*_of_database(connection), *_of_pictures(connection)]
        workspaces = reading.workspaces(connection)
    for workspace in workspaces:
        findings += archive.verify(workspace.id)
    findings += [
        Finding("workspace-lost", workspace_id=lost) for lost in sorted(archive.lost_workspaces())
    ]
    findings += _of_blobs(archive, named, progress)
    findings += [
        Finding("blob-unclaimed", {"digest": digest}) for digest in sorted(archive.unclaimed())
    ]
    return findings


def check_file(home: Path) -> list[Finding]:
    """What SQLite says of a database that cannot be opened as a store, which is left as it is."""
    try:
        with closing(connect_read_only(home / DATABASE)) as connection:
            answers = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
    except sqlite3.Error as error:
        answers = [str(error)]
    return [Finding("database", {"reason": one}) for one in answers if one != "ok"]


def _of_database(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return
    for (answer,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
        if answer != "ok":
            yield Finding("database", {"reason": str(answer)})
    for table, *_ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield Finding("row-without-workspace", {"table": str(table)})


def _named(connection: Connection) -> dict[str, tuple[str, str]]:
    """{blob: (alias, workspace id)} of the images, removed ones too."""
    table = tables.images.c
    rows = connection.execute(select(table.blob, table.alias, table.workspace_id))
    return {row.blob: (row.alias, row.workspace_id) for row in rows}


def _of_blobs(
    archive: WorkspaceStore, named: dict[str, tuple[str, str]], progress: Progress
) -> Iterator[Finding]:
    for number, (digest, (alias, workspace_id)) in enumerate(sorted(named.items())):
        progress(number / len(named), alias)
        try:
            archive.blobs.read(digest)
        except WorkspaceError as error:
            rule = "image-missing" if error.rule == "blob-missing" else "image-altered"
            yield Finding(rule, {"alias": alias}, workspace_id)


def _of_pictures(connection: Connection) -> Iterator[Finding]:
    """Thumbnails and heat maps, which lie in the database."""
    is_intact = {
        digest: sha256(content).hexdigest() == digest
        for digest, content in connection.execute(select(tables.pictures))
    }
    for table, column, what in (
        (tables.images, tables.images.c.thumbnail, "thumbnail"),
        (tables.results, tables.results.c.heat_map, "heat-map"),
    ):
        query = select(table.c.entry, table.c.workspace_id, column).where(column.is_not(None))
        for entry, workspace_id, digest in connection.execute(query):
            if not is_intact.get(digest, False):
                is_there = digest in is_intact
                rule = "picture-altered" if is_there else "picture-missing"
                yield Finding(rule, {"small_picture": what, "row": entry}, workspace_id)
