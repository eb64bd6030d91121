"""Whether what is stored is what was written: the log, the rows it vouches for, the pictures."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from medmeta_core.workspace import audit_log, reading, tables
from medmeta_core.workspace.audit_log import VOUCHED, row_digests
from medmeta_core.workspace.records import AuditEntry

MAX_ROWS_NAMED = 8


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written.

    Attributes:
        rule: short code, by which the dashboard translates.
        message: for people; names rows by alias and number, nothing of a patient.
        workspace_id: where, if it belongs to one workspace.
    """

    rule: str
    message: str
    workspace_id: str | None = None


def findings_in(
    connection: Connection, workspace_id: str, outside: tuple[str, ...]
) -> list[Finding]:
    """What is not as it was written in a workspace; `outside` is where its log may end.

    Raises:
        WorkspaceError: there is no such workspace.
    """
    head = reading.audit_head(connection, workspace_id)
    lines = audit_log.lines_of(connection, workspace_id)
    told = audit_log.rows_told(lines)
    found = [*_of_log(lines, head, outside), *_of_rows(connection, workspace_id, told)]
    return [Finding(rule, message, workspace_id) for rule, message in found]


def _of_log(
    lines: list[AuditEntry], head: str, outside: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    broken = audit_log.first_break(lines)
    if broken is not None:
        yield (
            "log-line",
            f"Line {broken} of the log was changed or moved, or one before it is lost.",
        )
    elif not audit_log.is_unbroken(lines, head):
        yield "log-end", "The log does not end where its workspace says, or a line was emptied."
    if not outside:
        yield "log-head-missing", "Where the log ends is not written down beside the database."
    elif head not in outside:
        yield (
            "log-head",
            "The log does not end where it ended when it was last written: lines were lost or "
            "replaced, or the database is an older one.",
        )


def _of_rows(
    connection: Connection, workspace_id: str, told: dict[str, str]
) -> Iterator[tuple[str, str]]:
    there = row_digests(connection, workspace_id)
    if there == told:
        return
    named = _names(connection, workspace_id)
    altered = [entry for entry in told if entry in there and there[entry] != told[entry]]
    lost = [entry for entry in told if entry not in there]
    added = [entry for entry in there if entry not in told]
    for rule, entries, what in (
        ("row-altered", altered, "changed without a line in the log"),
        ("row-lost", lost, "lost without a line in the log"),
        ("row-added", added, "added without a line in the log"),
    ):
        if entries:
            which = ", ".join(named.get(one, f"row {one}") for one in entries[:MAX_ROWS_NAMED])
            more = " and others" if len(entries) > MAX_ROWS_NAMED else ""
            yield rule, f"{len(entries)} stored rows were {what}: {which}{more}."


def _names(connection: Connection, workspace_id: str) -> dict[str, str]:
    """{entry: "image E3", "verdict 57"}."""
    names = {}
    for table in VOUCHED:
        column = table.c.alias if table is tables.images else table.c.entry
        query = select(table.c.entry, column).where(table.c.workspace_id == workspace_id)
        for entry, name in connection.execute(query):
            names[str(entry)] = f"{table.name.removesuffix('s')} {name}"
    return names
