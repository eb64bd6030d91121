"""The audit log: each line carries the digest of the line before, so that no line can change."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from medmeta_core.workspace import tables
from medmeta_core.workspace.columns import canonical_json
from medmeta_core.workspace.records import AuditEntry

FIRST = "0" * 64
"""What the first line names as the digest of the line before."""


def next_line(kind: str, detail: Mapping[str, Any], *, previous: str, at: datetime) -> AuditEntry:
    """The line that follows `previous`."""
    return AuditEntry(at, kind, detail, previous, _digest(kind, detail, previous=previous, at=at))


def is_unbroken(lines: Iterable[AuditEntry], head: str) -> bool:
    """Whether every line is as it was written, none is missing, and the last one is `head`."""
    previous = FIRST
    for line in lines:
        expected = _digest(line.kind, line.detail, previous=previous, at=line.at)
        if line.previous != previous or line.digest != expected:
            return False
        previous = line.digest
    return previous == head


def lines_of(connection: Connection, workspace_id: str) -> list[AuditEntry]:
    """The lines of a workspace, the oldest first."""
    table = tables.audit.c
    query = select(table.at, table.kind, table.detail, table.previous, table.digest)
    rows = connection.execute(query.where(table.workspace_id == workspace_id).order_by(table.entry))
    return [AuditEntry(*row) for row in rows]


def _digest(kind: str, detail: Mapping[str, Any], *, previous: str, at: datetime) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    line = {"at": moment, "detail": detail, "kind": kind, "previous": previous}
    return sha256(canonical_json(line).encode()).hexdigest()
