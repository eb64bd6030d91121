"""A workspace as one file: written, and read into a store that trusts nothing in it.

The same state of a workspace gives the same bytes. A copy begins with an empty list of acts
to undo; ids are kept unless the store has them already.
"""

from collections.abc import Mapping
from hashlib import file_digest
from io import BytesIO
from itertools import chain
from typing import BinaryIO

from medmeta_core.errors import MedMetaError, SessionFileError, WorkspaceError
from medmeta_core.imaging import Guard, inspect_stored
from medmeta_core.progress import Progress, begin_keeping, check_stopped, silent
from medmeta_core.workspace import reading, refusing_disk
from medmeta_core.workspace.audit_log import COPIED
from medmeta_core.workspace.intake import keep_pictures, write_again_what_was_collected
from medmeta_core.workspace.records import Workspace
from medmeta_core.workspace.session_check import FORMAT, SessionRows, checked_rows
from medmeta_core.workspace.session_entry import insert_rows
from medmeta_core.workspace.session_pictures import is_plausible
from medmeta_core.workspace.session_rows import Row, rows_of
from medmeta_core.workspace.session_versions import VERSION
from medmeta_core.workspace.session_zip import MAX_BYTES, SessionBlobs, pack, unpack
from medmeta_core.workspace.store import Store
from medmeta_core.workspace.stored_blobs import StoredBlobs
from medmeta_core.workspace.transaction import WriteTransaction, hold_pictures

MAX_HEAT_MAP_SIDE = 4096

_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"
_GREY_8_BIT = b"\x08\x00"


def write_session_file(store: Store, workspace_id: str, *, with_names: bool = False) -> BinaryIO:
    """A session file: open, at its beginning, on the disk but in no folder; gone once closed.

    With names, the file names go along, and what recognises a patient's further images: such
    a file is for one's own safe-keeping, not for others.

    Raises:
        WorkspaceError: there is no such workspace, a blob is missing or altered, it is larger
            than a session file can be, or the disk refuses.
    """
    with store.database.reading() as connection:
        reading.workspace(connection, workspace_id)
        spoken = rows_of(connection, workspace_id, with_names=with_names)
    blobs = StoredBlobs(
        store,
        images={row["blob"] for row in spoken["images"]},
        heat_maps={row["heat_map"] for row in spoken["results"]} - {None},
    )
    sizes = blobs.sizes()
    if sum(sizes.values()) > MAX_BYTES // 2:
        raise WorkspaceError("session-size", limit=MAX_BYTES // 2**31)
    manifest = {"format": FORMAT, "version": VERSION, "blobs": sizes, **spoken}
    out = store.blobs.nameless_file()
    try:
        pack(manifest, blobs, out)
        out.seek(0)
    except OSError as error:
        raise refusing_disk.of_disk(error) from error
    return out


def read_session_file(
    store: Store, content: bytes | BinaryIO, *, progress: Progress = silent
) -> Workspace:
    """The workspace of a session file, now in the store.

    Every picture is read and checked before the first is written; one at a time is in memory.

    Args:
        content: its bytes, or the open file.

    Raises:
        SessionFileError: the file is damaged, altered, or of another version; the store is
            as it was.
        Stopped: the listener to the progress wants no more; the store is as it was.
    """
    file = BytesIO(content) if isinstance(content, bytes) else content
    manifest, blobs = unpack(file)
    rows = checked_rows(manifest)
    _check_blobs(manifest["blobs"], rows, blobs)
    thumbnails = _thumbnails(rows, blobs, progress)
    heat_maps = blobs.only(_named_heat_maps(rows))
    _check_heat_maps(heat_maps)
    images = blobs.only({row["blob"] for row in rows.of["images"]})
    begin_keeping()
    with store.bringing(images), store.database.writing() as connection:
        hold_pictures(connection)
        write_again_what_was_collected(store.blobs, images)
        keep_pictures(connection, chain(thumbnails.values(), heat_maps.values()))
        digest = session_digest(file)
        opened = insert_rows(connection, rows, thumbnails=thumbnails, opened_from=digest)
        transaction = WriteTransaction(connection, opened)
        transaction.vouch_for_all(COPIED, {"session_digest": digest})
        store.finish(transaction, is_new=True)
        workspace = reading.workspace(connection, opened)
    store.confirm(transaction)
    return workspace


def session_digest(file: BinaryIO) -> str:
    """The sha256 of a session file, as `sha256sum` prints it; the file is at its beginning then."""
    file.seek(0)
    digest = file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest


def _check_blobs(sizes: object, rows: SessionRows, blobs: SessionBlobs) -> None:
    if sizes != blobs.sizes():
        raise SessionFileError("blob-list", fault_of_pictures="other-list")
    named = {row["blob"] for row in rows.of["images"]} | _named_heat_maps(rows)
    if named != set(blobs):
        raise SessionFileError("blob-list", fault_of_pictures="unnamed")


def _thumbnails(
    rows: SessionRows, blobs: Mapping[str, bytes], progress: Progress
) -> dict[str, bytes]:
    """{blob: thumbnail} of every image, each of which is what its row says."""
    thumbnails = {}
    with Guard() as guard:
        for number, row in enumerate(rows.of["images"]):
            progress(number / len(rows.of["images"]), row["alias"])
            thumbnails[row["blob"]] = _thumbnail(guard, row, blobs[row["blob"]])
    return thumbnails


def _thumbnail(guard: Guard, row: Row, blob: bytes) -> bytes:
    try:
        stored = inspect_stored(guard, blob)
    except MedMetaError as error:
        raise _unfit(row, "unreadable") from error
    facts = stored.description.as_fields() | {
        "height": stored.height,
        "width": stored.width,
        "source_digest": stored.source_digest,
    }
    for field in ("modality", "height", "width", "frame", "n_frames", "source_digest"):
        if facts[field] != row[field]:
            raise _unfit(row, "row")
    if not is_plausible(stored):
        raise _unfit(row, "numbers")
    return stored.thumbnail


def _unfit(row: Row, fault: str) -> SessionFileError:
    return SessionFileError("image", alias=row["alias"], fault_of_picture=fault)


def _named_heat_maps(rows: SessionRows) -> set[str]:
    return {row["heat_map"] for row in rows.of["results"]} - {None}


def _check_heat_maps(heat_maps: SessionBlobs) -> None:
    for content in heat_maps.values():
        check_stopped()
        width, height = (int.from_bytes(content[i : i + 4], "big") for i in (16, 20))
        is_small = 0 < width <= MAX_HEAT_MAP_SIDE and 0 < height <= MAX_HEAT_MAP_SIDE
        if not (content.startswith(_PNG) and content[24:26] == _GREY_8_BIT and is_small):
            raise SessionFileError("heat-map")
