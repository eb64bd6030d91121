"""The way of new images into the store: bytes first, safely on disk, then the rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from medmeta_core.imaging import StorableImage
from medmeta_core.workspace import tables
from medmeta_core.workspace.blobs import BlobFolder
from medmeta_core.workspace.columns import condition_name, one_line
from medmeta_core.workspace.edits import act
from medmeta_core.workspace.records import NewImage
from medmeta_core.workspace.transaction import WriteTransaction, hold_pictures

BATCH = 256
BATCH_BYTES = 8 * 2**20
"""How many small pictures are handed to the database at once."""


@dataclass(frozen=True)
class Prepared:
    """A new image with the bytes that are to lie on disk before its row is written.

    Attributes:
        blob: sha256 of the stored bytes.
    """

    new: NewImage
    condition: str | None
    image: StorableImage
    blob: str


def prepare(new: Iterable[NewImage]) -> list[Prepared]:
    """What must be ready before the database is held: names checked, images encoded."""
    return [_prepared(one) for one in new]


def _prepared(new: NewImage) -> Prepared:
    condition = condition_name(new.condition)
    image = new.image if isinstance(new.image, StorableImage) else StorableImage.of(new.image)
    return Prepared(new, condition, image, sha256(image.content).hexdigest())


def enter(
    transaction: WriteTransaction, blobs: BlobFolder, prepared: Sequence[Prepared]
) -> list[tuple[str, bool]]:
    """(id, whether it was there already) of each image, all added in one act."""
    hold_pictures(transaction.connection)
    write_again_what_was_collected(blobs, {one.blob: one.image.content for one in prepared})
    keep_pictures(transaction.connection, [one.image.thumbnail for one in prepared])
    ids = _ids_by_identity(transaction)
    entered: list[tuple[str, bool]] = []
    aliases: dict[str, str] = {}
    for one in prepared:
        image = one.image
        identity = (image.source_digest, image.description.frame, one.new.role)
        if identity in ids:
            entered.append((ids[identity], True))
            continue
        image_id = ids[identity] = uuid4().hex
        aliases[image_id] = transaction.next_alias(one.new.role)
        transaction.insert(
            "images", **_row(transaction, one, image_id=image_id, alias=aliases[image_id])
        )
        entered.append((image_id, False))
    after = {image_id: {"removed": False} for image_id in aliases}
    act(transaction, "add", after=after, summary={"aliases": list(aliases.values())})
    return entered


def keep_pictures(connection: Connection, contents: Iterable[bytes]) -> None:
    """Store small pictures under their sha256, those that are not there yet."""
    hold_pictures(connection)
    batch: list[bytes] = []
    for content in contents:
        batch.append(content)
        if len(batch) == BATCH or sum(map(len, batch)) > BATCH_BYTES:
            _keep_batch(connection, batch)
            batch = []
    _keep_batch(connection, batch)


def _keep_batch(connection: Connection, contents: Sequence[bytes]) -> None:
    by_digest = {sha256(content).hexdigest(): content for content in contents}
    table = tables.pictures
    stored = set(connection.scalars(select(table.c.digest).where(table.c.digest.in_(by_digest))))
    rows = [
        {"digest": digest, "content": content}
        for digest, content in by_digest.items()
        if digest not in stored
    ]
    if rows:
        connection.execute(insert(table), rows)


def write_again_what_was_collected(
    blobs: BlobFolder, contents: Mapping[str, bytes | bytearray]
) -> None:
    """Write those of {sha256: bytes} that a collection of garbage has just taken for orphans.

    It may have run between the writing of a blob and the transaction that names it; during
    the transaction, `hold_pictures` keeps it away.
    """
    missing = [digest for digest in contents if not blobs.holds(digest)]
    if missing:
        blobs.write(contents[digest] for digest in missing)


def _ids_by_identity(transaction: WriteTransaction) -> dict[tuple[str, int, str], str]:
    table = tables.images.c
    query = select(table.source_digest, table.frame, table.role, table.id).where(
        table.workspace_id == transaction.workspace_id, table.removed.is_(False)
    )
    return {
        (digest, frame, role): image_id
        for digest, frame, role, image_id in transaction.connection.execute(query)
    }


def _row(
    transaction: WriteTransaction, prepared: Prepared, *, image_id: str, alias: str
) -> dict[str, Any]:
    new, image, description = prepared.new, prepared.image, prepared.image.description
    patient = new.patient or image.patient_key
    return {
        "id": image_id,
        "role": new.role,
        "condition": prepared.condition,
        "alias": alias,
        "name": one_line(new.name),
        "patient": transaction.pseudonym(patient) if patient else None,
        "excluded": False,
        "exclusion_reason": "",
        "modality": description.modality,
        "height": image.height,
        "width": image.width,
        "n_frames": description.n_frames,
        "frame": description.frame,
        "notes": description.notes,
        "blob": prepared.blob,
        "thumbnail": sha256(image.thumbnail).hexdigest(),
        "source_digest": image.source_digest,
        "created": transaction.at,
        "removed": True,  # until the act "add", which can be undone
    }
