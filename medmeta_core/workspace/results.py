"""What the store keeps beside images: adaptations, results, verdicts, refusals."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select

from medmeta_core.errors import WorkspaceError
from medmeta_core.shown_answer import ShownAnswer
from medmeta_core.workspace import tables
from medmeta_core.workspace.free_text import comment, one_line
from medmeta_core.workspace.intake import keep_pictures
from medmeta_core.workspace.labelling import condition_name
from medmeta_core.workspace.reading import ANSWER_COLUMNS
from medmeta_core.workspace.records import (
    DECISIONS,
    AdaptationRecord,
    RefusalRecord,
    ResultRecord,
    VerdictRecord,
)
from medmeta_core.workspace.transaction import Turn


def keep_adaptation(turn: Turn, record: AdaptationRecord) -> AdaptationRecord:
    """The record with its id and time."""
    kept = replace(record, id=uuid4().hex, created=turn.at)
    turn.insert("adaptations", **vars(kept))
    detail = {"method": kept.method, "backbone": kept.backbone, "n_examples": len(kept.image_ids)}
    turn.audit("adapt", {**detail, "cases_with_verdict": _n_with_verdict(turn)})
    return kept


def _n_with_verdict(turn: Turn) -> int:
    """Images whose verdict the new adaptation inherits."""
    table = tables.verdicts.c
    query = select(func.count(table.image_id.distinct())).where(
        table.workspace_id == turn.workspace_id
    )
    return int(turn.connection.scalar(query) or 0)


def keep_result(turn: Turn, record: ResultRecord) -> ResultRecord:
    """The record with its id and time; it takes the place of one for the same pair."""
    alias = _alias(turn, record.image_id)
    _require_adaptation(turn, record.adaptation_id)
    table = tables.results
    of_pair = (
        table.c.workspace_id == turn.workspace_id,
        table.c.image_id == record.image_id,
        table.c.adaptation_id == record.adaptation_id,
    )
    turn.touch(turn.connection.scalars(select(table.c.entry).where(*of_pair)))
    turn.connection.execute(delete(table).where(*of_pair))
    kept = replace(record, id=uuid4().hex, created=turn.at)
    heat_map = None
    if kept.heat_map is not None:
        keep_pictures(turn.connection, [kept.heat_map])
        heat_map = sha256(kept.heat_map).hexdigest()
    turn.insert("results", **{**vars(kept), "heat_map": heat_map})
    turn.audit("classify", {"alias": alias, "adaptation": kept.adaptation_id})
    return kept


def keep_verdict(turn: Turn, record: VerdictRecord) -> VerdictRecord:
    """The record with its id and time; earlier verdicts stay, the last one counts."""
    if record.decision not in DECISIONS:
        raise ValueError(f"decision: expected one of {DECISIONS}, actual {record.decision!r}")
    alias = _alias(turn, record.image_id)
    if record.adaptation_id is not None:
        _require_adaptation(turn, record.adaptation_id)
    condition = condition_name(record.condition)
    said = replace(record, comment=comment(record.comment), operator=one_line(record.operator))
    kept = replace(said, condition=condition, id=uuid4().hex, created=turn.at)
    row = {name: value for name, value in vars(kept).items() if name != "answer"}
    turn.insert("verdicts", **row, **answer_columns(kept.answer))
    detail = {"alias": alias, "decision": kept.decision, "condition": kept.condition}
    judged = {"adaptation": kept.adaptation_id, **answer_columns(kept.answer)}
    turn.audit("verdict", {**detail, **judged, "operator": kept.operator})
    return kept


def answer_columns(answer: ShownAnswer | None) -> dict[str, Any]:
    """The columns that say what was judged; all None where that is not known."""
    if answer is None:
        return dict.fromkeys(ANSWER_COLUMNS.values())
    return {column: getattr(answer, name) for name, column in ANSWER_COLUMNS.items()}


def keep_refusals(turn: Turn, records: Iterable[RefusalRecord]) -> None:
    """Remember which files were not read; the log gets the rules, not the names."""
    rules = []
    for record in records:
        shown = replace(record, name=one_line(record.name), created=turn.at)
        turn.insert("refusals", **vars(shown))
        rules.append(record.rule)
    if rules:
        turn.audit("refuse", {"rules": rules})


def clear_refusals(turn: Turn) -> None:
    """Forget which files were not read."""
    turn.connection.execute(
        delete(tables.refusals).where(tables.refusals.c.workspace_id == turn.workspace_id)
    )


def _alias(turn: Turn, image_id: str) -> str:
    table = tables.images.c
    query = select(table.alias).where(
        table.workspace_id == turn.workspace_id, table.id == image_id, table.removed.is_(False)
    )
    alias = turn.connection.scalar(query)
    if alias is None:
        raise WorkspaceError(
            "The image is not in this workspace; it may have been removed.", rule="unknown-image"
        )
    return str(alias)


def _require_adaptation(turn: Turn, adaptation_id: str) -> None:
    table = tables.adaptations.c
    query = select(table.id).where(
        table.workspace_id == turn.workspace_id, table.id == adaptation_id
    )
    if turn.connection.scalar(query) is None:
        raise WorkspaceError("There is no such adaptation here.", rule="unknown-adaptation")
