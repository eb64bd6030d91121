"""Whether what a session file says holds together; nothing is stored before it does."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from medmeta_core.errors import SessionFileError, WorkspaceError
from medmeta_core.shown_answer import NAMED
from medmeta_core.workspace import audit_log, tables
from medmeta_core.workspace.columns import condition_name
from medmeta_core.workspace.reading import ANSWER_COLUMNS
from medmeta_core.workspace.records import DECISIONS, AuditEntry, Role
from medmeta_core.workspace.session_answers import check_answers
from medmeta_core.workspace.session_rows import TABLES, Row, RowFault, columns_of, read_row
from medmeta_core.workspace.session_versions import OLDEST, VERSION, with_present_fields
from medmeta_core.workspace.workspaces import workspace_name

FORMAT = "medmeta-session"

MAX_ROWS = 100_000

MAX_THRESHOLDS = 16

_ANSWER = tuple(ANSWER_COLUMNS.values())
_OUTCOME = re.compile(r"[a-z]+(-[a-z]+)*")
_ID = re.compile(r"[0-9a-f]{32}")
_NUMBER = r"[1-9][0-9]{0,8}"


@dataclass(frozen=True)
class SessionRows:
    """The rows of a session file, each field of its type.

    Attributes:
        of: {table: rows}.
    """

    workspace: Row
    of: Mapping[str, list[Row]]


def checked_rows(manifest: Mapping[str, Any]) -> SessionRows:
    """The rows of a manifest.

    Raises:
        SessionFileError: of another version, a field of another type, or rows that
            contradict each other.
    """
    _check_version(manifest)
    manifest = with_present_fields(manifest)
    expected = {"format", "version", "blobs", "workspace", *(table.name for table in TABLES)}
    if set(manifest) != expected:
        raise SessionFileError("manifest-fields")
    rows = SessionRows(
        _typed(tables.workspaces.name, [manifest["workspace"]])[0],
        {table.name: _typed(table.name, manifest[table.name]) for table in TABLES},
    )
    _check_names(rows)
    _check_numbers(rows)
    _check_ids(rows)
    _check_references(rows)
    check_answers(rows.of["adaptations"], rows.of["results"])
    _check_audit(rows)
    return rows


def _check_version(manifest: Mapping[str, Any]) -> None:
    if manifest.get("format") != FORMAT:
        raise SessionFileError("format")
    version = manifest.get("version")
    if type(version) is not int or not OLDEST <= version <= VERSION:
        raise SessionFileError("version", oldest=OLDEST, newest=VERSION)


def _typed(name: str, rows: object) -> list[Row]:
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        raise SessionFileError("table-rows", table=name, limit=MAX_ROWS)
    columns = columns_of(tables.METADATA.tables[name])
    typed = []
    for number, row in enumerate(rows, start=1):
        try:
            typed.append(read_row(columns, row))
        except RowFault as fault:
            raise SessionFileError(
                "field-type",
                row=number,
                table=name,
                column=fault.column,
                fault_of_row=fault.code,
            ) from fault
    return typed


def _check_names(rows: SessionRows) -> None:
    try:
        is_clean = workspace_name(rows.workspace["name"]) == rows.workspace["name"]
        for row in (*rows.of["images"], *rows.of["verdicts"]):
            for name in (row["condition"], row.get("answer_condition")):
                is_clean &= condition_name(name) == _with_single_spaces(name)
    except WorkspaceError as error:
        raise SessionFileError(f"session-{error.rule}", **error.facts) from error
    if not is_clean:
        raise SessionFileError("names")
    if any(row["decision"] not in DECISIONS for row in rows.of["verdicts"]):
        raise SessionFileError("decision")
    if not all(map(_is_answer, rows.of["verdicts"])):
        raise SessionFileError("judged-answer")


def _with_single_spaces(name: str | None) -> str | None:
    """The name as it is cleaned now; earlier versions kept runs of spaces inside."""
    return None if name is None else re.sub(" +", " ", name)


def _is_answer(verdict: Row) -> bool:
    """Whether what a verdict says of the answer that it classified is whole, or wholly unknown."""
    outcome, condition, probability, thresholds = (verdict[name] for name in _ANSWER)
    if outcome is None:
        return condition is None and probability is None and thresholds is None
    return (
        _OUTCOME.fullmatch(outcome) is not None
        and (outcome == NAMED) == (condition is not None) == (probability is not None)
        and (probability is None or 0 <= probability <= 1)
        and thresholds is not None
        and len(thresholds) <= MAX_THRESHOLDS
        and all(_OUTCOME.fullmatch(name.replace("_", "-")) for name in thresholds)
        and all(_is_threshold(value) for value in thresholds.values())
    )


def _is_threshold(value: object) -> bool:
    if isinstance(value, str):
        return _OUTCOME.fullmatch(value) is not None
    return value is None or (isinstance(value, int | float) and 0 <= value <= 1)


def _check_numbers(rows: SessionRows) -> None:
    """No running number is used twice, and the next one to be given is free."""
    n_entries = rows.workspace["n_entries"]
    entries = [row["entry"] for table in rows.of.values() for row in table]
    if len(set(entries)) != len(entries) or max(entries, default=0) > n_entries:
        raise SessionFileError("entries-numbered", fault_of_numbers="same")
    if any(table != sorted(table, key=itemgetter("entry")) for table in rows.of.values()):
        raise SessionFileError("entries-numbered", fault_of_numbers="order")
    for prefix, names, n_given in (
        ("E", _aliases(rows, Role.EXAMPLE), rows.workspace["n_examples_named"]),
        ("C", _aliases(rows, Role.CASE), rows.workspace["n_cases_named"]),
        ("P", _pseudonyms(rows), rows.workspace["n_patients_named"]),
    ):
        numbers = {int(name[1:]) for name in names if re.fullmatch(prefix + _NUMBER, name)}
        if len(numbers) != len(names) or max(numbers, default=0) > n_given:
            raise SessionFileError("aliases", letter=prefix)


def _check_ids(rows: SessionRows) -> None:
    every = [row["id"] for table in rows.of.values() for row in table if "id" in row]
    every.append(rows.workspace["id"])
    if len(set(every)) != len(every) or not all(map(_ID.fullmatch, every)):
        raise SessionFileError("ids")


def _check_references(rows: SessionRows) -> None:
    images = _ids(rows.of["images"])
    adaptations = _ids(rows.of["adaptations"])
    for row in (*rows.of["results"], *rows.of["verdicts"]):
        adaptation_id = row["adaptation_id"]
        if row["image_id"] not in images or (
            adaptation_id is not None and adaptation_id not in adaptations
        ):
            raise SessionFileError("references", fault_of_references="not-there")
    if not {row["patient"] for row in rows.of["images"]} <= {None, *_pseudonyms(rows)}:
        raise SessionFileError("references", fault_of_references="patient")


def _check_audit(rows: SessionRows) -> None:
    lines = [
        AuditEntry(**{name: row[name] for name in audit_log.COLUMNS}) for row in rows.of["audit"]
    ]
    if not audit_log.is_unbroken(lines, rows.workspace["audit_head"]):
        raise SessionFileError("audit")


def _ids(rows: Iterable[Row]) -> set[str]:
    return {row["id"] for row in rows}


def _aliases(rows: SessionRows, role: Role) -> list[str]:
    return [row["alias"] for row in rows.of["images"] if row["role"] is role]


def _pseudonyms(rows: SessionRows) -> list[str]:
    return [row["pseudonym"] for row in rows.of["patients"]]
