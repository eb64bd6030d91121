"""Acts on images, kept with the values before and after, so that each can be undone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import RowMapping, Text, bindparam, cast, delete, select, update

from medmeta_core.workspace import tables
from medmeta_core.workspace.records import Act
from medmeta_core.workspace.transaction import Turn

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
    turn: Turn, kind: str, *, after: Mapping[str, Mapping[str, Any]], summary: Mapping[str, Any]
) -> Act | None:
    """The act that gives images (by id) their fields `after`; None where nothing would change."""
    changes = _changes(turn, after)
    if not changes:
        return None
    turn.connection.execute(delete(tables.acts).where(_here(turn), tables.acts.c.undone))
    _apply(turn, changes, _AFTER)
    entry = turn.insert(
        "acts", kind=kind, summary=summary, changes=changes, at=turn.at, undone=False
    )
    turn.audit(kind, summary)
    return Act(entry, kind, summary, turn.at, undone=False, erased=False)


def undo(turn: Turn) -> Act | None:
    """The last act, now undone; None where none is left."""
    return _switch(turn, undone=True)


def redo(turn: Turn) -> Act | None:
    """The act undone last, now done again; None where none is left."""
    return _switch(turn, undone=False)


def _switch(turn: Turn, *, undone: bool) -> Act | None:
    table = tables.acts.c
    order = table.entry.desc() if undone else table.entry.asc()
    row = turn.connection.execute(
        select(tables.acts)
        .where(_here(turn), table.undone.is_(not undone), ~IS_ERASED)
        .order_by(order)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    _apply(turn, row.changes, _BEFORE if undone else _AFTER)
    turn.connection.execute(
        update(tables.acts).where(_here(turn), table.entry == row.entry).values(undone=undone)
    )
    turn.audit("undo" if undone else "redo", {"act": row.kind, **row.summary})
    return Act(row.entry, row.kind, row.summary, row.at, undone=undone, erased=False)


def _here(turn: Turn) -> Any:
    return tables.acts.c.workspace_id == turn.workspace_id


def _changes(turn: Turn, after: Mapping[str, Mapping[str, Any]]) -> Changes:
    changes: Changes = {}
    for row in _rows(turn, after):
        fields = {
            field: [row[field], value]
            for field, value in after[row["id"]].items()
            if row[field] != value
        }
        if fields:
            changes[row["id"]] = fields
    return changes


def _rows(turn: Turn, image_ids: Iterable[str]) -> list[RowMapping]:
    table = tables.images.c
    wanted = set(image_ids)
    columns = [table.id, *(table[name] for name in UNDOABLE_FIELDS)]
    query = select(*columns).where(table.workspace_id == turn.workspace_id).order_by(table.entry)
    return [row for row in turn.connection.execute(query).mappings() if row["id"] in wanted]


def _apply(turn: Turn, changes: Changes, side: int) -> None:
    """Write one side of the changes: images that change the same fields share a statement."""
    images = tables.images.c
    entries = select(images.entry).where(
        images.workspace_id == turn.workspace_id, images.id.in_(changes)
    )
    turn.touch(turn.connection.scalars(entries))
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
        turn.connection.execute(statement, rows)
