"""Digests of the rows that the audit log vouches for: images, adaptations, results, verdicts."""

from collections.abc import Collection
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from medmeta_core.workspace import tables
from medmeta_core.workspace.columns import canonical_json, plain

VOUCHED = (tables.images, tables.adaptations, tables.results, tables.verdicts)

_LEFT_OUT = ("workspace_id", "name")
"""A session file leaves out names of files: nobody shall guess at them by a digest."""


def row_digests(
    connection: Connection, workspace_id: str, entries: Collection[int] | None = None
) -> dict[str, str]:
    """{entry: digest} of the rows of a workspace, or of those among them with these entries."""
    digests = {}
    for table in VOUCHED if entries is None or entries else ():
        query = select(table).where(table.c.workspace_id == workspace_id)
        if entries is not None:
            query = query.where(table.c.entry.in_(entries))
        for row in connection.execute(query).mappings():
            digests[str(row["entry"])] = _digest(table.name, row)
    return digests


def _digest(table: str, row: RowMapping) -> str:
    """Columns without a value do not count, so that a column can be added later."""
    content: dict[str, Any] = {
        name: plain(value)
        for name, value in row.items()
        if value is not None and name not in _LEFT_OUT
    }
    return sha256(canonical_json([table, content]).encode()).hexdigest()
