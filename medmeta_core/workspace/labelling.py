"""What a user does with the images of a workspace; each verb is one act."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, select

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import condition_numbers, reading, tables, workspaces
from medmeta_core.workspace.columns import condition_name, one_line
from medmeta_core.workspace.edits import act
from medmeta_core.workspace.records import Edit, Role
from medmeta_core.workspace.transaction import WriteTransaction


def relabel(
    transaction: WriteTransaction, image_ids: Iterable[str], condition: str | None
) -> Edit | None:
    """Give images another condition, or none."""
    name = condition_name(condition)
    return _same_for_all(transaction, "relabel", image_ids, {"condition": name})


def exclude(transaction: WriteTransaction, image_ids: Iterable[str], reason: str) -> Edit | None:
    """Keep images out of the task, with the reason that the report states."""
    fields = {"excluded": True, "exclusion_reason": one_line(reason.strip())}
    return _same_for_all(transaction, "exclude", image_ids, fields)


def include(transaction: WriteTransaction, image_ids: Iterable[str]) -> Edit | None:
    """Take excluded images back into the task."""
    return _same_for_all(
        transaction, "include", image_ids, {"excluded": False, "exclusion_reason": ""}
    )


def remove(transaction: WriteTransaction, image_ids: Iterable[str]) -> Edit | None:
    """Take images out of the workspace; undo brings them back."""
    return _same_for_all(transaction, "remove", image_ids, {"removed": True})


def assign_patient(
    transaction: WriteTransaction, image_ids: Iterable[str], patient: str | None
) -> Edit | None:
    """Say whose images these are: a pseudonym of this workspace, any other word, or None.

    Any other word stands for a patient of its own; only its keyed digest is kept.
    """
    pseudonym = patient
    if patient is not None and not _is_pseudonym(transaction, patient):
        pseudonym = transaction.pseudonym(patient)
    return _same_for_all(transaction, "assign-patient", image_ids, {"patient": pseudonym})


def rename_condition(transaction: WriteTransaction, old: str, new: str) -> Edit | None:
    """Give all images of a condition another; where `new` exists, both become one.

    A name that is new takes over the number of the old one (`condition_numbers`).
    """
    name = condition_name(new) or ""
    present = _present(transaction)
    rows = [row for row in present if row.condition == old]
    if not rows:
        raise WorkspaceError("unknown-condition", name=old)
    if all(row.condition != name for row in present):
        settings = reading.workspace(transaction.connection, transaction.workspace_id).settings
        workspaces.keep_settings(transaction, condition_numbers.renamed(settings, old, name))
    after = {row.id: {"condition": name} for row in rows}
    return act(transaction, "rename-condition", after=after, summary={"old": old, "new": name})


def move(
    transaction: WriteTransaction, image_ids: Iterable[str], *, role: Role, condition: str | None
) -> Edit | None:
    """Make cases examples of a condition, or examples cases; each gets an alias of its new role.

    Raises:
        WorkspaceError: the same picture is there in that role already.
    """
    rows = _rows_of(transaction, image_ids)
    aliases = {
        (row.source_digest, row.frame): row.alias
        for row in _present(transaction)
        if row.role is role
    }
    name = condition_name(condition)
    after: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        twin = aliases.get((row.source_digest, row.frame))
        if row.role is not role and twin:
            raise WorkspaceError("duplicate", alias=row.alias, other=twin)
        alias = row.alias if row.role is role else transaction.next_alias(role)
        after[row.id] = {"role": role, "alias": alias, "condition": name}
    summary = {"aliases": _aliases(rows), "role": role, "condition": name}
    return act(transaction, "move", after=after, summary=summary)


def _same_for_all(
    transaction: WriteTransaction, kind: str, image_ids: Iterable[str], fields: Mapping[str, Any]
) -> Edit | None:
    rows = _rows_of(transaction, image_ids)
    changes = {name: value for name, value in fields.items() if name not in ("excluded", "removed")}
    summary = {"aliases": _aliases(rows), **changes}
    return act(transaction, kind, after={row.id: fields for row in rows}, summary=summary)


def _rows_of(transaction: WriteTransaction, image_ids: Iterable[str]) -> list[Row[Any]]:
    selected = set(image_ids)
    rows = [row for row in _present(transaction) if row.id in selected]
    if len(rows) != len(selected):
        raise WorkspaceError("unknown-images", missing=len(selected) - len(rows), n=len(selected))
    return rows


def _present(transaction: WriteTransaction) -> list[Row[Any]]:
    table = tables.images.c
    query = (
        select(table.id, table.alias, table.role, table.condition, table.source_digest, table.frame)
        .where(table.workspace_id == transaction.workspace_id, table.removed.is_(False))
        .order_by(table.entry)
    )
    return list(transaction.connection.execute(query))


def _is_pseudonym(transaction: WriteTransaction, name: str) -> bool:
    table = tables.patients.c
    query = select(table.entry).where(
        table.workspace_id == transaction.workspace_id, table.pseudonym == name
    )
    return transaction.connection.execute(query).first() is not None


def _aliases(rows: Iterable[Row[Any]]) -> list[str]:
    return [row.alias for row in rows]
