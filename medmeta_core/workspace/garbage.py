"""Blobs and small pictures that no row names any more."""

from sqlalchemy import Connection, delete, select

from medmeta_core.workspace import tables
from medmeta_core.workspace.blobs import BlobFolder
from medmeta_core.workspace.transaction import hold_pictures


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
