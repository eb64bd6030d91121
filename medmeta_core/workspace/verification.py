"""Whether what is stored is what was written: the log, the rows it vouches for, the pictures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, select

from medmeta_core.languages import FALLBACK
from medmeta_core.messages import Fact, sentence
from medmeta_core.workspace import audit_log, reading, tables
from medmeta_core.workspace.audit_log import VOUCHED, row_digests
from medmeta_core.workspace.records import AuditEntry

MAX_ROWS_NAMED = 8


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written.

    Attributes:
        rule: short code, whose sentence `medmeta_core.messages` has.
        facts: of the sentence; name rows by alias and number, nothing of a patient.
        workspace_id: where, if it belongs to one workspace.
    """

    rule: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    workspace_id: str | None = None

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.message_in(FALLBACK)

    def message_in(self, language: str) -> str:
        """The sentence in a language."""
        return sentence(self.rule, self.facts, language)


def findings_in(
    connection: Connection, workspace_id: str, outside: tuple[str, ...]
) -> list[Finding]:
    """What is not as it was written in a workspace; `outside` is where its log may end.

    Raises:
        WorkspaceError: there is no such workspace.
    """
    head = reading.audit_head(connection, workspace_id)
    lines = audit_log.lines_of(connection, workspace_id)
    logged = audit_log.logged_rows(lines)
    findings = [*_of_log(lines, head, outside), *_of_rows(connection, workspace_id, logged)]
    return [replace(finding, workspace_id=workspace_id) for finding in findings]


def _of_log(lines: list[AuditEntry], head: str, outside: tuple[str, ...]) -> Iterator[Finding]:
    broken = audit_log.first_break(lines)
    if broken is not None:
        yield Finding("log-line", {"line": broken})
    elif not audit_log.is_unbroken(lines, head):
        yield Finding("log-end")
    if not outside:
        yield Finding("log-head-missing")
    elif head not in outside:
        yield Finding("log-head")


def _of_rows(
    connection: Connection, workspace_id: str, logged: dict[str, str]
) -> Iterator[Finding]:
    stored = row_digests(connection, workspace_id)
    if stored == logged:
        return
    named = _names(connection, workspace_id)
    altered = [entry for entry in logged if entry in stored and stored[entry] != logged[entry]]
    lost = [entry for entry in logged if entry not in stored]
    added = [entry for entry in stored if entry not in logged]
    for rule, entries in (("row-altered", altered), ("row-lost", lost), ("row-added", added)):
        if entries:
            which = ", ".join(named.get(one, f"row {one}") for one in entries[:MAX_ROWS_NAMED])
            more = " …" if len(entries) > MAX_ROWS_NAMED else ""
            yield Finding(rule, {"n": len(entries), "rows": which + more})


def _names(connection: Connection, workspace_id: str) -> dict[str, str]:
    """{entry: "image E3", "verdict 57"}."""
    names = {}
    for table in VOUCHED:
        column = table.c.alias if table is tables.images else table.c.entry
        query = select(table.c.entry, column).where(table.c.workspace_id == workspace_id)
        for entry, name in connection.execute(query):
            names[str(entry)] = f"{table.name.removesuffix('s')} {name}"
    return names
