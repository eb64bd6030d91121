"""Session files that visitors save: sent from the disk, never whole in the server's memory.

Streamlit keeps as bytes in memory whatever a download button offers, until some later run of the
page. A `SavedFile` is no bytes to it, and what asks for it is answered here.
"""

import secrets
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime import memory_media_file_storage
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import MemoryFile, MemoryMediaFileStorage

from medmeta_core.operating_system import open_again, path_of

ADDRESS = "/media/"
READING = ("GET", "HEAD")
PIECE_BYTES = 2**20


class SavedFile(bytes):
    """What a download button is given for an open file: Streamlit takes it for empty bytes.

    The file is closed when Streamlit forgets it, unless somebody else holds it, too.
    """

    file: BinaryIO

    def __new__(cls, file: BinaryIO) -> "SavedFile":
        """Empty bytes with the file."""
        saved = super().__new__(cls)
        saved.file = file
        return saved


class DiskMediaFileStorage(MemoryMediaFileStorage):
    """Streamlit's storage, which hands `SavedFile`s out as it got them."""

    def load_and_get_id(
        self,
        path_or_data: str | bytes,
        mimetype: str,
        kind: MediaFileKind,
        filename: str | None = None,
    ) -> str:
        """Remember the file and return its id, by which alone it is media_file."""
        if not isinstance(path_or_data, SavedFile):
            return super().load_and_get_id(path_or_data, mimetype, kind, filename)
        file_id = secrets.token_hex(32)
        self._files_by_id[file_id] = MemoryFile(path_or_data, mimetype, kind, filename)
        return file_id


class SavedFiles:
    """Answers requests for saved files, piece by piece from the disk."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand all other requests on."""
        media_file = _requested_file(scope)
        if media_file is None or not isinstance(media_file.content, SavedFile):
            await self._app(scope, receive, send)
            return
        await _answer(media_file, media_file.content.file)(scope, receive, send)


def _answer(media_file: MemoryFile, file: BinaryIO) -> Response:
    """The file, reopened: whoever else reads it has its own position in it."""
    path = path_of(file)
    if path is not None:
        return FileResponse(path, media_type=media_file.mimetype, filename=media_file.filename)
    name = {
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(media_file.filename or '')}"
    }
    return StreamingResponse(_pieces(file), media_type=media_file.mimetype, headers=name)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with open_again(file) as again:
        while piece := again.read(PIECE_BYTES):
            yield piece


def keep_saved_files_on_disk() -> None:
    """Have Streamlit use this storage from now on; called before its server starts."""
    memory_media_file_storage.MemoryMediaFileStorage = DiskMediaFileStorage  # type: ignore[misc]


def _requested_file(scope: Scope) -> MemoryFile | None:
    """The file for which a request asks, if it asks for one."""
    if scope["type"] != "http" or scope["method"] not in READING or not runtime.exists():
        return None
    _, separator, name = scope["path"].partition(ADDRESS)
    return runtime.get_instance().media_file_mgr.read_file(name) if separator else None
