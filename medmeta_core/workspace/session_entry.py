"""The way of a session file's rows into the tables."""

import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, Connection, insert, select

from medmeta_core.workspace import tables
from medmeta_core.workspace.columns import Words
from medmeta_core.workspace.session_check import SessionRows
from medmeta_core.workspace.session_rows import TABLES, Row

_ID_FIELDS = ("id", "image_id", "adaptation_id")
_TABLES_WITH_IDS = (tables.images, tables.adaptations, tables.results, tables.verdicts)


def insert_rows(
    connection: Connection, rows: SessionRows, *, thumbnails: Mapping[str, bytes], opened_from: str
) -> str:
    """The id of the new workspace.

    Args:
        thumbnails: {blob: WebP}, which are among the pictures already.
        opened_from: sha256 of the session file.
    """
    ids = _new_ids(connection, rows)
    workspace = _with_ids(rows.workspace, ids, tables.workspaces.name)
    secret = workspace["patient_key_secret"]
    workspace["patient_key_secret"] = secret or secrets.token_bytes(32)
    connection.execute(insert(tables.workspaces), [{**workspace, "opened_from": opened_from}])
    for table in TABLES:
        added: dict[str, Any] = {"workspace_id": workspace["id"]}
        if table is tables.images:
            added["removed"] = False
        values = [{**_with_ids(row, ids, table.name), **added} for row in rows.of[table.name]]
        for row in values if table is tables.images else ():
            row["thumbnail"] = sha256(thumbnails[row["blob"]]).hexdigest()
        if values:
            connection.execute(insert(table), values)
    return str(workspace["id"])


def _new_ids(connection: Connection, rows: SessionRows) -> dict[str, str]:
    """{id in the file: another}, empty where the store has none of them."""
    of_workspace = {rows.workspace["id"]}
    clashes = _has_any(connection, tables.workspaces, of_workspace)
    old = set(of_workspace)
    for table in _TABLES_WITH_IDS:
        of_table = {row["id"] for row in rows.of[table.name]}
        clashes = clashes or _has_any(connection, table, of_table)
        old |= of_table
    for row in rows.of["adaptations"]:
        old |= set(row["image_ids"])  # some may have been removed since
    return {old_id: uuid4().hex for old_id in old} if clashes else {}


def _has_any(connection: Connection, table: Any, ids: set[str]) -> bool:
    return not ids.isdisjoint(connection.scalars(select(table.c.id)))


def _with_ids(row: Row, ids: Mapping[str, str], table: str) -> Row:
    if not ids or table == tables.audit.name:  # the log stays as it was written
        return dict(row)
    columns = tables.METADATA.tables[table].c
    return {
        name: _exchanged(value, ids)
        if name in _ID_FIELDS or isinstance(columns[name].type, JSON | Words)
        else value
        for name, value in row.items()
    }


def _exchanged(value: Any, ids: Mapping[str, str]) -> Any:
    """The JSON value with every id in it exchanged."""
    if isinstance(value, str):
        return ids.get(value, value)
    if isinstance(value, list | tuple):
        return [_exchanged(item, ids) for item in value]
    if isinstance(value, dict):
        return {ids.get(name, name): _exchanged(item, ids) for name, item in value.items()}
    return value
