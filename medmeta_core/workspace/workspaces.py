"""Workspaces themselves: begun, named, deleted."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import tables
from medmeta_core.workspace.audit_log import FIRST
from medmeta_core.workspace.transaction import WriteTransaction

MAX_NAME_LENGTH = 120


def begin(connection: Connection, name: str, *, is_demo: bool) -> WriteTransaction:
    """The first transaction of a new, empty workspace."""
    workspace_id = uuid4().hex
    connection.execute(
        insert(tables.workspaces).values(
            id=workspace_id,
            name=workspace_name(name),
            created=datetime.now(UTC),
            is_demo=is_demo,
            settings={},
            patient_key_secret=secrets.token_bytes(32),
            n_entries=0,
            n_examples_named=0,
            n_cases_named=0,
            n_patients_named=0,
            audit_head=FIRST,
        )
    )
    transaction = WriteTransaction(connection, workspace_id)
    transaction.audit("create", {"is_demo": is_demo})
    return transaction


def rename(transaction: WriteTransaction, name: str) -> None:
    """Give the workspace another name."""
    _update(transaction, name=workspace_name(name))
    transaction.audit("rename", {})


def keep_settings(transaction: WriteTransaction, settings: Mapping[str, Any]) -> None:
    """Keep these settings in the place of those before."""
    _update(transaction, settings=dict(settings))


def delete_workspace(transaction: WriteTransaction) -> set[str]:
    """The blobs of the workspace, whose rows are all deleted now, for good."""
    of_workspace = tables.images.c.workspace_id == transaction.workspace_id
    blobs = set(transaction.connection.scalars(select(tables.images.c.blob).where(of_workspace)))
    for name, table in tables.METADATA.tables.items():
        if "workspace_id" in table.c and name != "workspaces":
            transaction.connection.execute(
                delete(table).where(table.c.workspace_id == transaction.workspace_id)
            )
    transaction.connection.execute(
        delete(tables.workspaces).where(tables.workspaces.c.id == transaction.workspace_id)
    )
    transaction.is_deleted = True
    return blobs


def workspace_name(name: str) -> str:
    """The name without spaces at its ends.

    Raises:
        WorkspaceError: nothing is left, or too much.
    """
    cleaned = name.strip()
    if not 1 <= len(cleaned) <= MAX_NAME_LENGTH or not cleaned.isprintable():
        raise WorkspaceError("workspace-name", limit=MAX_NAME_LENGTH, found=len(cleaned))
    return cleaned


def _update(transaction: WriteTransaction, **values: Any) -> None:
    transaction.connection.execute(
        update(tables.workspaces)
        .where(tables.workspaces.c.id == transaction.workspace_id)
        .values(values)
    )
