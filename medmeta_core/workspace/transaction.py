"""`WriteTransaction`: one write to one workspace."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, insert, select, update

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import audit_log, tables
from medmeta_core.workspace.audit_log import VOUCHED, row_digests
from medmeta_core.workspace.records import Role

_COUNTERS = ("n_entries", "n_examples_named", "n_cases_named", "n_patients_named")


class WriteTransaction:
    """The connection while nobody else writes to the workspace, and its running numbers.

    Raises:
        WorkspaceError: there is no such workspace.
    """

    def __init__(self, connection: Connection, workspace_id: str) -> None:
        row = (
            connection.execute(
                select(tables.workspaces)
                .where(tables.workspaces.c.id == workspace_id)
                .with_for_update()  # SQLite locks the whole store instead
            )
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise unknown_workspace()
        self.connection = connection
        self.workspace_id = workspace_id
        self.at = datetime.now(UTC)
        self._secret: bytes = row["patient_key_secret"]
        self._counters: dict[str, int] = {name: row[name] for name in _COUNTERS}
        self.head_before: str = row["audit_head"]
        self.head = self.head_before
        self.is_deleted = False
        self._touched: set[int] = set()

    def next_entry(self) -> int:
        """The running number of the next row."""
        return self._next("n_entries")

    def next_alias(self, role: Role) -> str:
        """The next name of an image in a report, "E1" or "C1"."""
        if role is Role.EXAMPLE:
            return f"E{self._next('n_examples_named')}"
        return f"C{self._next('n_cases_named')}"

    def pseudonym(self, patient_key: str) -> str:
        """The name of a patient in this workspace, "P1"; of `patient_key` only a digest is kept."""
        digest = blake2b(patient_key.encode(), key=self._secret, digest_size=32).hexdigest()
        table = tables.patients.c
        existing = self.connection.scalar(
            select(table.pseudonym).where(
                table.workspace_id == self.workspace_id, table.patient_key == digest
            )
        )
        if existing is not None:
            return str(existing)
        pseudonym = f"P{self._next('n_patients_named')}"
        self.insert("patients", pseudonym=pseudonym, patient_key=digest)
        return pseudonym

    def insert(self, table: str, **values: Any) -> int:
        """The entry of a new row of this workspace."""
        entry = self.next_entry()
        self.connection.execute(
            insert(tables.METADATA.tables[table]).values(
                workspace_id=self.workspace_id, entry=entry, **values
            )
        )
        if tables.METADATA.tables[table] in VOUCHED:
            self.touch([entry])
        return entry

    def touch(self, entries: Iterable[int]) -> None:
        """Have the next line of the log vouch for these rows, as they are by then or are gone."""
        self._touched.update(entries)

    def audit(self, kind: str, detail: Mapping[str, Any]) -> None:
        """Add a line to the audit log; `detail` is plain JSON without anything of a patient."""
        digests = row_digests(self.connection, self.workspace_id, self._touched)
        rows = {str(entry): digests.get(str(entry)) for entry in sorted(self._touched)}
        line = audit_log.next_line(kind, detail, rows=rows, previous=self.head, at=self.at)
        written = {name: value for name, value in vars(line).items() if name != "entry"}
        self._touched.clear()
        self.insert("audit", **written)
        self.head = line.digest

    def vouch_for_all(self, kind: str, detail: Mapping[str, Any]) -> None:
        """Add a line that vouches for every row as it is now."""
        self.touch(map(int, row_digests(self.connection, self.workspace_id)))
        self.audit(kind, detail)

    def end(self) -> None:
        """Write the running numbers back."""
        if self._touched:
            raise ValueError("end: rows were changed without a line in the log")
        self.connection.execute(
            update(tables.workspaces)
            .where(tables.workspaces.c.id == self.workspace_id)
            .values(audit_head=self.head, **self._counters)
        )

    def _next(self, counter: str) -> int:
        self._counters[counter] += 1
        return self._counters[counter]


def unknown_workspace() -> WorkspaceError:
    """What to say where a workspace is not, or no longer, in the store."""
    return WorkspaceError("unknown-workspace")


def hold_pictures(connection: Connection) -> None:
    """Let nobody else bring or collect pictures before this transaction ends.

    SQLite has one writer anyhow; on PostgreSQL this row is the token.
    """
    connection.execute(select(tables.schema).with_for_update())
