"""The audit log: each line carries the digest of the line before, so that no line can change.

A line also carries the digests of the rows that it is about, so that no row can change without a
line. What a line tells (its detail) goes into its digest by a salted digest of its own, so that the
detail of erased images can be taken out while the log holds together. Lines of schema 1 have
neither.

Where each log ends is written down outside the database (`HeadFolder`): whoever rewrites a log, or
cuts off its end, has to change this too. A file holds the head before an act and the head after it
and is written before the act is committed, so that one of the two is right whenever the machine
stops; once it is committed, both are the head after it.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from medmeta_core.private_files import sweep_unfinished, write_whole
from medmeta_core.workspace import refusing_disk, tables
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


DELETED = "deleted"
"""In the place of a head: the workspace is about to be deleted."""


class HeadFolder:
    """A file for each workspace, by its id.

    Raises:
        WorkspaceError: the disk refuses.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def record(self, workspace_id: str, *, before: str, after: str) -> None:
        """Write down where the log of a workspace ends before and after the act under way."""
        try:
            write_whole(self._folder / workspace_id, f"{before}\n{after}\n".encode())
        except OSError as error:
            raise refusing_disk.of_disk(error) from error

    def confirm(self, workspace_id: str, head: str) -> None:
        """The act is committed: its log ends here and nowhere else.

        Overwritten in place, within one sector of the disk: it is the old or the new.
        """
        try:
            with (self._folder / workspace_id).open("r+b") as file:
                file.write(head.encode())
        except OSError as error:
            raise refusing_disk.of_disk(error) from error

    def read(self, workspace_id: str) -> tuple[str, ...]:
        """Where the log of a workspace may end; nothing where nothing is written down."""
        try:
            return tuple((self._folder / workspace_id).read_text("ascii").split())
        except (OSError, ValueError):
            return ()

    def forget(self, workspace_id: str) -> None:
        """The workspace is no more."""
        try:
            (self._folder / workspace_id).unlink(missing_ok=True)
        except OSError as error:
            raise refusing_disk.of_disk(error) from error

    def workspaces(self) -> set[str]:
        """The ids of all workspaces that should be there."""
        ids = {path.name for path in self._folder.glob("*") if path.suffix == ""}
        return {one for one in ids if not self._may_be_gone(one)}

    def sweep_unfinished(self) -> None:
        """Delete unfinished files whose writer died."""
        sweep_unfinished(self._folder)

    def _may_be_gone(self, workspace_id: str) -> bool:
        """Whether it was about to be deleted, or its beginning was never committed."""
        heads = self.read(workspace_id)
        return DELETED in heads or heads[:1] == (FIRST,)
