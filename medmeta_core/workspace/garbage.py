"""Blobs and small pictures that no row names any more."""

from sqlalchemy import Connection, delete, select

from medmeta_core.workspace import tables
from medmeta_core.workspace.blobs import BlobFolder


def collect(connection: Connection, blobs: BlobFolder) -> int:
    """How many small pictures, and blobs of notes left behind, were deleted."""
    hold_pictures(connection)
    thumbnails = select(tables.images.c.thumbnail)
    heat_maps = select(tables.results.c.heat_map).where(tables.results.c.heat_map.is_not(None))
    named = tables.pictures.c.digest.in_(thumbnails.union(heat_maps))
    n_pictures = connection.execute(delete(tables.pictures).where(~named)).rowcount
    return n_pictures + blobs.settle(named_blobs(connection))


def named_blobs(connection: Connection) -> set[str]:
    """The blobs that rows name."""
    return set(connection.scalars(select(tables.images.c.blob)))


def hold_pictures(connection: Connection) -> None:
    """Let nobody else bring or collect pictures before this transaction ends.

    SQLite has one writer anyhow; on PostgreSQL this row is the token.
    """
    connection.execute(select(tables.schema).with_for_update())
