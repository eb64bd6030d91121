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
from medmeta_core.workspace.columns import comment, condition_name, one_line
from medmeta_core.workspace.intake import keep_pictures
from medmeta_core.workspace.reading import ANSWER_COLUMNS
from medmeta_core.workspace.records import (
    DECISIONS,
    AdaptationRecord,
    RefusalRecord,
    ResultRecord,
    VerdictRecord,
)
from medmeta_core.workspace.transaction import WriteTransaction


def keep_adaptation(transaction: WriteTransaction, record: AdaptationRecord) -> AdaptationRecord:
    """The record with its id and time."""
    stored = replace(record, id=uuid4().hex, created=transaction.at)
    transaction.insert("adaptations", **vars(stored))
    detail = {
        "method": stored.method,
        "backbone": stored.backbone,
        "n_examples": len(stored.image_ids),
    }
    transaction.audit("adapt", {**detail, "cases_with_verdict": _n_with_verdict(transaction)})
    return stored


def _n_with_verdict(transaction: WriteTransaction) -> int:
    """Images whose verdict the new adaptation inherits."""
    table = tables.verdicts.c
    query = select(func.count(table.image_id.distinct())).where(
        table.workspace_id == transaction.workspace_id
    )
    return int(transaction.connection.scalar(query) or 0)


def keep_result(transaction: WriteTransaction, record: ResultRecord) -> ResultRecord:
    """The record with its id and time; it takes the place of one for the same pair."""
    alias = _alias(transaction, record.image_id)
    _require_adaptation(transaction, record.adaptation_id)
    table = tables.results
    of_pair = (
        table.c.workspace_id == transaction.workspace_id,
        table.c.image_id == record.image_id,
        table.c.adaptation_id == record.adaptation_id,
    )
    transaction.touch(transaction.connection.scalars(select(table.c.entry).where(*of_pair)))
    transaction.connection.execute(delete(table).where(*of_pair))
    stored = replace(record, id=uuid4().hex, created=transaction.at)
    heat_map = None
    if stored.heat_map is not None:
        keep_pictures(transaction.connection, [stored.heat_map])
        heat_map = sha256(stored.heat_map).hexdigest()
    transaction.insert("results", **{**vars(stored), "heat_map": heat_map})
    transaction.audit("classify", {"alias": alias, "adaptation": stored.adaptation_id})
    return stored


def keep_verdict(transaction: WriteTransaction, record: VerdictRecord) -> VerdictRecord:
    """The record with its id and time; earlier verdicts stay, the last one counts."""
    if record.decision not in DECISIONS:
        raise ValueError(f"decision: expected one of {DECISIONS}, actual {record.decision!r}")
    alias = _alias(transaction, record.image_id)
    if record.adaptation_id is not None:
        _require_adaptation(transaction, record.adaptation_id)
    condition = condition_name(record.condition)
    cleaned = replace(record, comment=comment(record.comment), operator=one_line(record.operator))
    stored = replace(cleaned, condition=condition, id=uuid4().hex, created=transaction.at)
    row = {name: value for name, value in vars(stored).items() if name != "answer"}
    transaction.insert("verdicts", **row, **answer_columns(stored.answer))
    detail = {"alias": alias, "decision": stored.decision, "condition": stored.condition}
    reviewed = {"adaptation": stored.adaptation_id, **answer_columns(stored.answer)}
    transaction.audit("verdict", {**detail, **reviewed, "operator": stored.operator})
    return stored


def answer_columns(answer: ShownAnswer | None) -> dict[str, Any]:
    """The columns that say what the verdict is on; all None where that is not known."""
    if answer is None:
        return dict.fromkeys(ANSWER_COLUMNS.values())
    return {column: getattr(answer, name) for name, column in ANSWER_COLUMNS.items()}


def keep_refusals(transaction: WriteTransaction, records: Iterable[RefusalRecord]) -> None:
    """Remember which files were not read; the log gets the rules, not the names."""
    rules = []
    for record in records:
        cleaned = replace(record, name=one_line(record.name), created=transaction.at)
        transaction.insert("refusals", **vars(cleaned))
        rules.append(record.rule)
    if rules:
        transaction.audit("refuse", {"rules": rules})


def clear_refusals(transaction: WriteTransaction) -> None:
    """Forget which files were not read."""
    transaction.connection.execute(
        delete(tables.refusals).where(tables.refusals.c.workspace_id == transaction.workspace_id)
    )


def _alias(transaction: WriteTransaction, image_id: str) -> str:
    table = tables.images.c
    query = select(table.alias).where(
        table.workspace_id == transaction.workspace_id,
        table.id == image_id,
        table.removed.is_(False),
    )
    alias = transaction.connection.scalar(query)
    if alias is None:
        raise WorkspaceError("unknown-image")
    return str(alias)


def _require_adaptation(transaction: WriteTransaction, adaptation_id: str) -> None:
    table = tables.adaptations.c
    query = select(table.id).where(
        table.workspace_id == transaction.workspace_id, table.id == adaptation_id
    )
    if transaction.connection.scalar(query) is None:
        raise WorkspaceError("unknown-adaptation")
