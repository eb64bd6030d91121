"""The audit log: each line carries the digest of the line before, so that no line can change.

A line also carries the digests of the rows that it is about, so that no row can change without a
line. What a line tells (its detail) goes into its digest by a salted digest of its own, so that the
detail of erased images can be taken out while the log holds together. Lines of schema 1 have
neither.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from medmeta_core.workspace import tables
from medmeta_core.workspace.columns import canonical_json, plain
from medmeta_core.workspace.records import AuditEntry

FIRST = "0" * 64
"""What the first line names as the digest of the line before."""

COPIED = "read-session-file"
"""The kind of line with which a copy begins: what it says of rows takes the place of all before."""

COLUMNS = ("entry", "at", "kind", "detail", "previous", "digest", "rows", "salt", "detail_digest")

RowDigests = Mapping[str, str | None]
"""{entry of a row: its digest, None where it was erased}"""


def next_line(
    kind: str, detail: Mapping[str, Any], *, rows: RowDigests, previous: str, at: datetime
) -> AuditEntry:
    """The line that follows `previous`; its entry is given by the store."""
    salt = secrets.token_hex(16)
    line = AuditEntry(at, kind, detail, previous, "", rows, salt, _digest_of_detail(detail, salt))
    return AuditEntry(**{**vars(line), "digest": _line_digest(line)})


def first_break(lines: Iterable[AuditEntry]) -> int | None:
    """The number of the first line (from 1) that is not as it was written, or does not follow."""
    previous = FIRST
    for number, line in enumerate(lines, start=1):
        if line.previous != previous or not _is_as_written(line):
            return number
        previous = line.digest
    return None


def is_unbroken(lines: Sequence[AuditEntry], head: str) -> bool:
    """Whether every line is as it was written, none is missing, and the last one is `head`."""
    if first_break(lines) is not None or not _emptied_rightly(lines):
        return False
    return head == (lines[-1].digest if lines else FIRST)


def logged_rows(lines: Iterable[AuditEntry]) -> dict[str, str]:
    """{entry: digest} of every row that should be there now."""
    digests: dict[str, str] = {}
    for line in lines:
        if line.kind == COPIED:
            digests = {}
        for entry, digest in (line.rows or {}).items():
            if digest is None:
                digests.pop(entry, None)
            else:
                digests[entry] = digest
    return digests


def lines_of(connection: Connection, workspace_id: str) -> list[AuditEntry]:
    """The lines of a workspace, the oldest first."""
    table = tables.audit.c
    query = select(*(table[name] for name in COLUMNS)).where(table.workspace_id == workspace_id)
    rows = connection.execute(query.order_by(table.entry)).mappings()
    return [AuditEntry(**row) for row in rows]


def unvouched_workspaces(connection: Connection) -> list[str]:
    """The ids of workspaces whose log, of schema 1, vouches for no row."""
    table = tables.audit.c
    query = select(table.workspace_id).group_by(table.workspace_id)
    return list(connection.scalars(query.having(func.count(table.rows) == 0)))


def _is_as_written(line: AuditEntry) -> bool:
    is_whole = not line.salt or line.detail_digest == _digest_of_detail(line.detail, line.salt)
    return is_whole and line.digest == _line_digest(line)


def _emptied_rightly(lines: Sequence[AuditEntry]) -> bool:
    """Whether each line without its detail was emptied by an erasure that a later line tells."""
    deleted: set[str] = set()
    for line in reversed(lines):
        is_empty = line.detail_digest is not None and line.salt is None
        if is_empty and (line.detail or str(line.entry) not in deleted):
            return False
        deleted |= {entry for entry, digest in (line.rows or {}).items() if digest is None}
    return True


def _line_digest(line: AuditEntry) -> str:
    moment = line.at.astimezone(UTC).isoformat(timespec="microseconds")
    content: dict[str, Any] = {"at": moment, "kind": line.kind, "previous": line.previous}
    if line.detail_digest is None:
        content |= {"detail": line.detail}
    else:
        content |= {"detail_digest": line.detail_digest, "rows": line.rows}
    return sha256(canonical_json(content).encode()).hexdigest()


def _digest_of_detail(detail: Mapping[str, Any], salt: str) -> str:
    return sha256(canonical_json({"detail": detail, "salt": salt}).encode()).hexdigest()


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
            digests[str(row["entry"])] = _row_digest(table.name, row)
    return digests


def _row_digest(table: str, row: RowMapping) -> str:
    """Columns without a value do not count, so that a column can be added later."""
    content: dict[str, Any] = {
        name: plain(value)
        for name, value in row.items()
        if value is not None and name not in _LEFT_OUT
    }
    return sha256(canonical_json([table, content]).encode()).hexdigest()
