"""From rows to records."""

from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, Select, Table, func, select

from medmeta_core.errors import WorkspaceError
from medmeta_core.shown_answer import ShownAnswer
from medmeta_core.workspace import tables
from medmeta_core.workspace.blobs import verified
from medmeta_core.workspace.edits import IS_ERASED
from medmeta_core.workspace.records import (
    AdaptationRecord,
    Edit,
    RefusalRecord,
    ResultRecord,
    Role,
    StoredImage,
    VerdictRecord,
    Workspace,
)
from medmeta_core.workspace.transaction import unknown_workspace

ANSWER_COLUMNS = {field.name: f"answer_{field.name}" for field in fields(ShownAnswer)}
"""{field of what a verdict was given on: its column}"""

_VERDICT_COLUMNS = [field.name for field in fields(VerdictRecord) if field.name != "answer"]


def workspace(connection: Connection, workspace_id: str) -> Workspace:
    """The workspace of this id.

    Raises:
        WorkspaceError: there is none.
    """
    matches = workspaces(connection, workspace_id)
    if not matches:
        raise unknown_workspace()
    return matches[0]


def workspaces(connection: Connection, workspace_id: str | None = None) -> list[Workspace]:
    """All workspaces, the oldest first; or the one of this id."""
    table = tables.workspaces
    query = _columns_of(table, Workspace).order_by(table.c.created, table.c.id)
    if workspace_id is not None:
        query = query.where(table.c.id == workspace_id)
    return [Workspace(*row) for row in connection.execute(query)]


def audit_head(connection: Connection, workspace_id: str) -> str:
    """The digest of the log's last line.

    Raises:
        WorkspaceError: there is no such workspace.
    """
    table = tables.workspaces.c
    head = connection.scalar(select(table.audit_head).where(table.id == workspace_id))
    if head is None:
        raise unknown_workspace()
    return str(head)


def images(
    connection: Connection,
    workspace_id: str,
    *,
    role: Role | None = None,
    with_excluded: bool = True,
) -> list[StoredImage]:
    """The images that are not removed, in order of entry."""
    query = _of(workspace_id, tables.images, StoredImage).where(tables.images.c.removed.is_(False))
    if role is not None:
        query = query.where(tables.images.c.role == role)
    if not with_excluded:
        query = query.where(tables.images.c.excluded.is_(False))
    return [StoredImage(*row) for row in connection.execute(query)]


def n_removed(connection: Connection, workspace_id: str) -> int:
    """How many images are removed but not erased."""
    table = tables.images.c
    query = select(func.count()).where(table.workspace_id == workspace_id, table.removed)
    return connection.scalar(query) or 0


def image(connection: Connection, image_id: str) -> StoredImage:
    """The image of this id, removed or not.

    Raises:
        WorkspaceError: there is none.
    """
    query = _columns_of(tables.images, StoredImage).where(tables.images.c.id == image_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise WorkspaceError("unknown-image")
    return StoredImage(*row)


def picture(connection: Connection, digest: str) -> bytes:
    """A small picture, verified.

    Raises:
        WorkspaceError: it is missing or was altered.
    """
    table = tables.pictures.c
    content = connection.scalar(select(table.content).where(table.digest == digest))
    return verified(content or b"", digest)


def picture_sizes(connection: Connection, digests: Collection[str]) -> dict[str, int]:
    """{digest: number of bytes} of small pictures; 0 of one that is missing."""
    table = tables.pictures.c
    query = select(func.length(table.content))
    return {
        digest: connection.scalar(query.where(table.digest == digest)) or 0 for digest in digests
    }


def thumbnail(connection: Connection, image_id: str) -> bytes:
    """WebP bytes of an image's thumbnail, verified.

    Raises:
        WorkspaceError: there is no such image, or its thumbnail was altered.
    """
    query = select(tables.pictures.c.digest, tables.pictures.c.content).where(
        tables.pictures.c.digest == tables.images.c.thumbnail, tables.images.c.id == image_id
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise WorkspaceError("unknown-image")
    return verified(row.content, row.digest)


def acts(connection: Connection, workspace_id: str) -> list[Edit]:
    """The acts, the oldest first; those undone last."""
    table = tables.acts.c
    query = (
        select(table.entry, table.kind, table.summary, table.at, table.undone, IS_ERASED)
        .where(table.workspace_id == workspace_id)
        .order_by(table.entry)
    )
    return [Edit(*row) for row in connection.execute(query)]


def refusals(connection: Connection, workspace_id: str) -> list[RefusalRecord]:
    """The files that were not read, in order."""
    rows = connection.execute(_of(workspace_id, tables.refusals, RefusalRecord))
    return [RefusalRecord(*row) for row in rows]


def adaptations(connection: Connection, workspace_id: str) -> list[AdaptationRecord]:
    """The adaptations of a workspace, the newest last."""
    rows = connection.execute(_of(workspace_id, tables.adaptations, AdaptationRecord))
    return [AdaptationRecord(*row) for row in rows]


def adaptation(connection: Connection, adaptation_id: str) -> AdaptationRecord:
    """The adaptation of this id.

    Raises:
        WorkspaceError: there is none.
    """
    table = tables.adaptations
    query = _columns_of(table, AdaptationRecord).where(table.c.id == adaptation_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise WorkspaceError("unknown-adaptation")
    return AdaptationRecord(*row)


def owner_of_adaptation(connection: Connection, adaptation_id: str) -> str:
    """The id of the workspace that an adaptation belongs to.

    Raises:
        WorkspaceError: there is no such adaptation.
    """
    table = tables.adaptations.c
    owner = connection.scalar(select(table.workspace_id).where(table.id == adaptation_id))
    if owner is None:
        raise WorkspaceError("unknown-adaptation")
    return str(owner)


def results(
    connection: Connection, workspace_id: str, adaptation_id: str | None = None
) -> list[ResultRecord]:
    """The results for images that are not removed, the newest last; heat maps verified."""
    table, pictures = tables.results, tables.pictures
    query = (
        _columns_of(table, ResultRecord)
        .add_columns(pictures.c.content)
        .join(tables.images, tables.images.c.id == table.c.image_id)
        .outerjoin(pictures, pictures.c.digest == table.c.heat_map)
        .where(table.c.workspace_id == workspace_id, tables.images.c.removed.is_(False))
        .order_by(table.c.entry)
    )
    if adaptation_id is not None:
        query = query.where(table.c.adaptation_id == adaptation_id)
    return [_result(row) for row in connection.execute(query)]


def verdicts(connection: Connection, workspace_id: str) -> list[VerdictRecord]:
    """What the reviewer said of images that are not removed, the newest last."""
    table = tables.verdicts
    query = (
        select(*(table.c[name] for name in (*_VERDICT_COLUMNS, *ANSWER_COLUMNS.values())))
        .join(tables.images, tables.images.c.id == table.c.image_id)
        .where(table.c.workspace_id == workspace_id, tables.images.c.removed.is_(False))
        .order_by(table.c.entry)
    )
    return [_verdict(row) for row in connection.execute(query).mappings()]


def _verdict(row: RowMapping) -> VerdictRecord:
    answer = None
    if row["answer_outcome"] is not None:
        answer = ShownAnswer(**{name: row[column] for name, column in ANSWER_COLUMNS.items()})
    return VerdictRecord(**{name: row[name] for name in _VERDICT_COLUMNS}, answer=answer)


def _result(row: Row[Any]) -> ResultRecord:
    *values, _ = tuple(row)
    record = ResultRecord(*values)
    if row.heat_map is None:
        return record
    return replace(record, heat_map=verified(row.content or b"", row.heat_map))


def _columns_of(table: Table, record: type) -> Select[Any]:
    """The columns that a record names, in the record's order."""
    return select(*(table.c[field.name] for field in fields(record)))


def _of(workspace_id: str, table: Table, record: type) -> Select[Any]:
    query = _columns_of(table, record)
    return query.where(table.c.workspace_id == workspace_id).order_by(table.c.entry)
