"""Where the browser's files lie until they are read: on disk and without a name, not in memory.

Streamlit keeps all uploaded bytes of all visitors in the server's memory. Here each file is
written away as soon as it has come, into a file that has no name in any folder: nobody can open
it, and it is gone when this process ends, however it ends.
"""

import shutil
from io import BytesIO
from threading import Lock
from typing import BinaryIO

from streamlit.runtime import memory_uploaded_file_manager
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from medmeta_core.operating_system import allow_open_files
from medmeta_core.paths import default_folder
from medmeta_core.private_files import nameless_file

MAX_OPEN_FILES = 16_384
"""A folder of 5,000 pictures is 5,000 open files until they are read."""


class DiskUploadedFileManager(MemoryUploadedFileManager):
    """Streamlit's manager with the bytes in nameless files; what it hands out is empty."""

    def __init__(self, upload_endpoint: str) -> None:
        super().__init__(upload_endpoint)
        self._files: dict[tuple[str, str], BinaryIO] = {}
        self._sizes: dict[tuple[str, str], int] = {}
        self._files_lock = Lock()

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Write the file away and remember whose it is."""
        written = _written(file.data)
        with self._files_lock:
            self._files[session_id, file.file_id] = written
            self._sizes[session_id, file.file_id] = len(file.data)
        super().add_file(session_id, file._replace(data=b""))

    def take(self, session_id: str, file_id: str) -> BinaryIO | None:
        """The open file, now the caller's; None where it was taken before or never came."""
        with self._files_lock:
            self._sizes.pop((session_id, file_id), None)
            return self._files.pop((session_id, file_id), None)

    def sizes(self, session_id: str) -> list[int]:
        """Bytes of each file that a tab has uploaded and nobody has taken."""
        with self._files_lock:
            return [size for (session, _), size in self._sizes.items() if session == session_id]

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Let go of one file."""
        super().remove_file(session_id, file_id)
        self._close(self.take(session_id, file_id))

    def remove_session_files(self, session_id: str) -> None:
        """Let go of all files of a tab that nobody has taken."""
        super().remove_session_files(session_id)
        with self._files_lock:
            theirs = [file_id for session, file_id in self._files if session == session_id]
        for file_id in theirs:
            self._close(self.take(session_id, file_id))

    @staticmethod
    def _close(file: BinaryIO | None) -> None:
        if file is not None:
            file.close()


def keep_uploads_on_disk() -> None:
    """Have Streamlit use this manager from now on; called before its server starts."""
    allow_open_files(MAX_OPEN_FILES)
    memory_uploaded_file_manager.MemoryUploadedFileManager = DiskUploadedFileManager  # type: ignore[misc]


def _written(content: bytes) -> BinaryIO:
    file = nameless_file(default_folder().expanduser())
    shutil.copyfileobj(BytesIO(content), file)
    file.flush()
    return file
