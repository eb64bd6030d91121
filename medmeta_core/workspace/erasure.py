"""Images erased for good, with all that was said of them alone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Table, delete, select, update

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import audit_log, condition_numbers, reading, tables, workspaces
from medmeta_core.workspace.audit_log import RowDigests, row_digests
from medmeta_core.workspace.transaction import WriteTransaction

ERASED = "erased"
"""Where in an act's summary the aliases of its images stand that were erased since."""


def erase(transaction: WriteTransaction, image_ids: Iterable[str]) -> set[str]:
    """The blobs of these images, removed or not, whose rows are gone now.

    Results and verdicts on them go along, and acts can no longer bring them back. What was
    adapted with them stays as it was recorded, with the names of its conditions.

    Raises:
        WorkspaceError: one of them is not in this workspace.
    """
    selected = set(image_ids)
    table = tables.images.c
    query = select(table.id, table.alias, table.blob).where(
        table.workspace_id == transaction.workspace_id
    )
    rows = [row for row in transaction.connection.execute(query) if row.id in selected]
    if len(rows) != len(selected):
        raise WorkspaceError(
            "unknown-images-to-erase", missing=len(selected) - len(rows), n=len(selected)
        )
    if rows:
        for answers in (tables.results, tables.verdicts):
            _delete(transaction, answers, answers.c.image_id, selected)
        _delete(transaction, tables.images, table.id, selected)
        _forget_acts(transaction, {row.id: row.alias for row in rows})
        _forget_patients(transaction)
        _forget_conditions(transaction)
        _empty_lines(transaction)
        transaction.audit("erase", {"aliases": [row.alias for row in rows]})
    return {row.blob for row in rows}


def removed_images(transaction: WriteTransaction) -> list[str]:
    """The ids of the images that an act removed and an undo could bring back."""
    table = tables.images.c
    query = select(table.id).where(table.workspace_id == transaction.workspace_id, table.removed)
    return list(transaction.connection.scalars(query))


def _delete(transaction: WriteTransaction, table: Table, column: Any, ids: Collection[str]) -> None:
    of_them = (table.c.workspace_id == transaction.workspace_id, column.in_(ids))
    transaction.touch(transaction.connection.scalars(select(table.c.entry).where(*of_them)))
    transaction.connection.execute(delete(table).where(*of_them))


def _forget_acts(transaction: WriteTransaction, erased: Mapping[str, str]) -> None:
    """Take images {id: alias} out of what can be undone; an act on nothing else says no more."""
    table = tables.acts
    for row in _acts(transaction):
        aliases = [alias for image_id, alias in erased.items() if image_id in row.changes]
        if not aliases:
            continue
        changes = {name: row.changes[name] for name in row.changes if name not in erased}
        summary = row.summary if changes else {"aliases": row.summary.get("aliases", [])}
        transaction.connection.execute(
            update(table)
            .where(table.c.workspace_id == transaction.workspace_id, table.c.entry == row.entry)
            .values(
                changes=changes, summary={**summary, ERASED: [*summary.get(ERASED, ()), *aliases]}
            )
        )


def _forget_patients(transaction: WriteTransaction) -> None:
    """Delete the patients of whom there is no image, and whom no undo brings back."""
    images, patients = tables.images.c, tables.patients.c
    borne = select(images.patient).where(images.workspace_id == transaction.workspace_id)
    pseudonyms = {name for name in transaction.connection.scalars(borne) if name is not None}
    for row in _acts(transaction):
        for fields in row.changes.values():
            pseudonyms |= {name for name in fields.get("patient", ()) if name is not None}
    transaction.connection.execute(
        delete(tables.patients).where(
            patients.workspace_id == transaction.workspace_id, patients.pseudonym.not_in(pseudonyms)
        )
    )


def _forget_conditions(transaction: WriteTransaction) -> None:
    """Take out of the settings the conditions that nothing bears, and that no undo brings back."""
    borne = set()
    for table in (tables.images, tables.verdicts):
        query = select(table.c.condition).where(table.c.workspace_id == transaction.workspace_id)
        borne |= set(transaction.connection.scalars(query))
    adapted = select(tables.adaptations.c.labels).where(
        tables.adaptations.c.workspace_id == transaction.workspace_id
    )
    borne |= {label for labels in transaction.connection.scalars(adapted) for label in labels}
    for row in _acts(transaction):
        borne |= {name for fields in row.changes.values() for name in fields.get("condition", ())}
    settings = reading.workspace(transaction.connection, transaction.workspace_id).settings
    workspaces.keep_settings(transaction, condition_numbers.only(settings, borne))


def _empty_lines(transaction: WriteTransaction) -> None:
    """Take out of the log what it tells of erased images alone; the log holds together."""
    images = tables.images.c
    present = select(images.alias).where(images.workspace_id == transaction.workspace_id)
    aliases = set(transaction.connection.scalars(present))
    for row in _acts(transaction):
        for fields in row.changes.values():
            aliases |= set(fields.get("alias", ()))
    rows, table = row_digests(transaction.connection, transaction.workspace_id), tables.audit
    for line in audit_log.lines_of(transaction.connection, transaction.workspace_id):
        line_aliases = {*line.detail.get("aliases", ()), line.detail.get("alias")} - {None}
        is_there = (
            not aliases.isdisjoint(line_aliases) if line_aliases else _is_there(line.rows, rows)
        )
        if is_there or line.salt is None:
            continue
        transaction.touch([line.entry])
        transaction.connection.execute(
            update(table)
            .where(table.c.workspace_id == transaction.workspace_id, table.c.entry == line.entry)
            .values(detail={}, salt=None)
        )


def _is_there(digests: RowDigests | None, rows: Collection[str]) -> bool:
    """Whether a line that names no image is about rows that are there, or about none."""
    return not digests or any(entry in rows for entry in digests)


def _acts(transaction: WriteTransaction) -> Sequence[Row[Any, Any, Any]]:
    table = tables.acts.c
    query = select(table.entry, table.changes, table.summary)
    return transaction.connection.execute(
        query.where(table.workspace_id == transaction.workspace_id)
    ).all()
