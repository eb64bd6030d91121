"""Acts on images, kept with the values before and after, so that each can be undone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import RowMapping, Text, bindparam, cast, delete, select, update

from medmeta_core.workspace import tables
from medmeta_core.workspace.records import Edit
from medmeta_core.workspace.transaction import WriteTransaction

UNDOABLE_FIELDS = (
    "role",
    "alias",
    "condition",
    "patient",
    "excluded",
    "exclusion_reason",
    "removed",
)
_BEFORE, _AFTER = 0, 1

IS_ERASED = cast(tables.acts.c.changes, Text) == "{}"
"""Of an act whose images were all erased: there is nothing to undo or to redo."""

Changes = dict[str, dict[str, list[Any]]]
"""{image id: {field: [before, after]}}"""


def act(
    transaction: WriteTransaction,
    kind: str,
    *,
    after: Mapping[str, Mapping[str, Any]],
    summary: Mapping[str, Any],
) -> Edit | None:
    """The act that gives images (by id) their fields `after`; None where nothing would change."""
    changes = _changes(transaction, after)
    if not changes:
        return None
    transaction.connection.execute(
        delete(tables.acts).where(_here(transaction), tables.acts.c.undone)
    )
    _apply(transaction, changes, _AFTER)
    entry = transaction.insert(
        "acts", kind=kind, summary=summary, changes=changes, at=transaction.at, undone=False
    )
    transaction.audit(kind, summary)
    return Edit(entry, kind, summary, transaction.at, undone=False, erased=False)


def undo(transaction: WriteTransaction) -> Edit | None:
    """The last act, now undone; None where none is left."""
    return _switch(transaction, undone=True)


def redo(transaction: WriteTransaction) -> Edit | None:
    """The act undone last, now done again; None where none is left."""
    return _switch(transaction, undone=False)


def _switch(transaction: WriteTransaction, *, undone: bool) -> Edit | None:
    table = tables.acts.c
    order = table.entry.desc() if undone else table.entry.asc()
    row = transaction.connection.execute(
        select(tables.acts)
        .where(_here(transaction), table.undone.is_(not undone), ~IS_ERASED)
        .order_by(order)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    _apply(transaction, row.changes, _BEFORE if undone else _AFTER)
    transaction.connection.execute(
        update(tables.acts)
        .where(_here(transaction), table.entry == row.entry)
        .values(undone=undone)
    )
    transaction.audit("undo" if undone else "redo", {"act": row.kind, **row.summary})
    return Edit(row.entry, row.kind, row.summary, row.at, undone=undone, erased=False)


def _here(transaction: WriteTransaction) -> Any:
    return tables.acts.c.workspace_id == transaction.workspace_id


def _changes(transaction: WriteTransaction, after: Mapping[str, Mapping[str, Any]]) -> Changes:
    changes: Changes = {}
    for row in _rows(transaction, after):
        fields = {
            field: [row[field], value]
            for field, value in after[row["id"]].items()
            if row[field] != value
        }
        if fields:
            changes[row["id"]] = fields
    return changes


def _rows(transaction: WriteTransaction, image_ids: Iterable[str]) -> list[RowMapping]:
    table = tables.images.c
    selected = set(image_ids)
    columns = [table.id, *(table[name] for name in UNDOABLE_FIELDS)]
    query = (
        select(*columns).where(table.workspace_id == transaction.workspace_id).order_by(table.entry)
    )
    return [
        row for row in transaction.connection.execute(query).mappings() if row["id"] in selected
    ]


def _apply(transaction: WriteTransaction, changes: Changes, side: int) -> None:
    """Write one side of the changes: images that change the same fields share a statement."""
    images = tables.images.c
    entries = select(images.entry).where(
        images.workspace_id == transaction.workspace_id, images.id.in_(changes)
    )
    transaction.touch(transaction.connection.scalars(entries))
    by_fields: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for image_id, fields in changes.items():
        values = {f"new_{field}": sides[side] for field, sides in fields.items()}
        by_fields[tuple(fields)].append({"image_id": image_id, **values})
    for names, rows in by_fields.items():
        statement = (
            update(tables.images)
            .where(tables.images.c.id == bindparam("image_id"))
            .values({name: bindparam(f"new_{name}") for name in names})
        )
        transaction.connection.execute(statement, rows)
