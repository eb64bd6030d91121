"""A workspace as one file: written, and read into a store that trusts nothing in it.

The same state of a workspace gives the same bytes. A copy begins with an empty list of acts
to undo; ids are kept unless the store has them already.
"""

from collections.abc import Mapping
from hashlib import sha256

from sqlalchemy import Connection

from medmeta_core.errors import MedMetaError, WorkspaceError
from medmeta_core.imaging import Guard, inspect_stored
from medmeta_core.progress import Progress, begin_keeping, check_stopped, silent
from medmeta_core.workspace import reading
from medmeta_core.workspace.audit_log import COPIED
from medmeta_core.workspace.garbage import hold_pictures
from medmeta_core.workspace.intake import keep_pictures, write_again_what_was_collected
from medmeta_core.workspace.records import Workspace
from medmeta_core.workspace.session_check import FORMAT, SessionRows, checked_rows
from medmeta_core.workspace.session_entry import insert_rows
from medmeta_core.workspace.session_pictures import is_plausible
from medmeta_core.workspace.session_rows import Row, rows_of
from medmeta_core.workspace.session_versions import VERSION
from medmeta_core.workspace.session_zip import MAX_BYTES, pack, refused, unpack
from medmeta_core.workspace.store import Store
from medmeta_core.workspace.turn import Turn

MAX_HEAT_MAP_SIDE = 4096

_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"
_GREY_8_BIT = b"\x08\x00"


def write_session_file(store: Store, workspace_id: str, *, with_names: bool = False) -> bytes:
    """The bytes of a session file.

    With names, the file names go along, and what recognises a patient's further images: such
    a file is for one's own safe-keeping, not for others.

    Raises:
        WorkspaceError: there is no such workspace, a blob is missing or altered, or it is
            larger than a session file can be.
    """
    with store.database.reading() as connection:
        reading.workspace(connection, workspace_id)
        spoken = rows_of(connection, workspace_id, with_names=with_names)
        blobs = _heat_maps(connection, workspace_id)
    for digest in {row["blob"] for row in spoken["images"]}:
        check_stopped()
        blobs[digest] = store.blobs.read(digest)
        if sum(map(len, blobs.values())) > MAX_BYTES // 2:
            raise WorkspaceError(
                f"A session file holds at most {MAX_BYTES // 2**31} GB of images.",
                rule="session-size",
            )
    sizes = {digest: len(blob) for digest, blob in blobs.items()}
    return pack({"format": FORMAT, "version": VERSION, "blobs": sizes, **spoken}, blobs)


def read_session_file(store: Store, content: bytes, *, progress: Progress = silent) -> Workspace:
    """The workspace of a session file, now in the store.

    Raises:
        SessionFileError: the file is damaged, altered, or of another version; the store is
            as it was.
        Stopped: the listener to the progress wants no more; the store is as it was.
    """
    manifest, blobs = unpack(content)
    rows = checked_rows(manifest)
    _check_blobs(manifest["blobs"], rows, blobs)
    thumbnails = _thumbnails(rows, blobs, progress)
    heat_maps = _checked_heat_maps(rows, blobs)
    images = {row["blob"]: blobs[row["blob"]] for row in rows.of["images"]}
    begin_keeping()
    with store.bringing(images), store.database.writing() as connection:
        hold_pictures(connection)
        write_again_what_was_collected(store.blobs, images)
        keep_pictures(connection, [*thumbnails.values(), *heat_maps])
        digest = session_digest(content)
        opened = insert_rows(connection, rows, thumbnails=thumbnails, opened_from=digest)
        turn = Turn(connection, opened)
        turn.vouch_for_all(COPIED, {"session_digest": digest})
        store.finish(turn, is_new=True)
        workspace = reading.workspace(connection, opened)
    store.confirm(turn)
    return workspace


def session_digest(content: bytes) -> str:
    """The sha256 of a session file, as `sha256sum` prints it."""
    return sha256(content).hexdigest()


def _heat_maps(connection: Connection, workspace_id: str) -> dict[str, bytes]:
    results = reading.results(connection, workspace_id)
    return {
        sha256(result.heat_map).hexdigest(): result.heat_map
        for result in results
        if result.heat_map is not None
    }


def _check_blobs(sizes: object, rows: SessionRows, blobs: Mapping[str, bytes]) -> None:
    if sizes != {digest: len(blob) for digest, blob in blobs.items()}:
        raise refused("blob-list", "its manifest lists other pictures than it holds")
    named = {row["blob"] for row in rows.of["images"]} | _named_heat_maps(rows)
    if named != set(blobs):
        raise refused("blob-list", "it lacks a picture, or holds one that nothing names")


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
        found = inspect_stored(guard, blob)
    except MedMetaError as error:
        raise refused("image", f"the picture {row['alias']} cannot be read") from error
    facts = found.description.as_fields() | {
        "height": found.height,
        "width": found.width,
        "source_digest": found.source_digest,
    }
    for field in ("modality", "height", "width", "frame", "n_frames", "source_digest"):
        if facts[field] != row[field]:
            raise refused("image", f"the picture {row['alias']} is not what its row says")
    if not is_plausible(found):
        raise refused("image", f"the picture {row['alias']} has numbers that no picture has")
    return found.thumbnail


def _named_heat_maps(rows: SessionRows) -> set[str]:
    return {row["heat_map"] for row in rows.of["results"]} - {None}


def _checked_heat_maps(rows: SessionRows, blobs: Mapping[str, bytes]) -> list[bytes]:
    heat_maps = [blobs[digest] for digest in _named_heat_maps(rows)]
    for content in heat_maps:
        width, height = (int.from_bytes(content[i : i + 4], "big") for i in (16, 20))
        is_small = 0 < width <= MAX_HEAT_MAP_SIDE and 0 < height <= MAX_HEAT_MAP_SIDE
        if not (content.startswith(_PNG) and content[24:26] == _GREY_8_BIT and is_small):
            raise refused("heat-map", "a heat map is not a small PNG of 8-bit grey")
    return heat_maps
