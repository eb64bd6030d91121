"""`BlobFolder`: files named by the sha256 of what they hold."""

import os
import tempfile
import time
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from medmeta_core.errors import WorkspaceError

_STALE_SECONDS = 3600
"""Age of an unfinished file after which its writer must have died."""


class BlobFolder:
    """Content-addressed bytes that survive a crash: a name appears only once all is on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, contents: Iterable[bytes]) -> list[str]:
        """The sha256 of each content, once all of them are safely on disk.

        Raises:
            WorkspaceError: the disk refuses.
        """
        try:
            digests = [self._write_one(content) for content in contents]
            self._sync_folder()
        except OSError as error:
            raise WorkspaceError(
                f"The image could not be written to disk: {error.strerror}.", rule="disk-refuses"
            ) from error
        return digests

    def read(self, digest: str) -> bytes:
        """The bytes of `digest`, verified.

        Raises:
            WorkspaceError: they are missing, or not what was written.
        """
        try:
            content = self._path(digest).read_bytes()
        except OSError as error:
            raise WorkspaceError(
                f"The stored image {digest[:8]} cannot be read: {error.strerror}.",
                rule="blob-missing",
            ) from error
        return verified(content, digest)

    def holds(self, digest: str) -> bool:
        """Whether there is a file for `digest`; its bytes are not looked at."""
        return self._path(digest).is_file()

    def delete_all_but(self, kept: set[str]) -> int:
        """How many files were deleted: those that `kept` does not name, and unfinished ones."""
        n_deleted = 0
        for path in self._folder.iterdir():
            is_unfinished = path.suffix == ".part"
            if path.name in kept or (is_unfinished and not _is_stale(path)):
                continue
            path.unlink(missing_ok=True)
            n_deleted += not is_unfinished
        return n_deleted

    def _path(self, digest: str) -> Path:
        return self._folder / digest

    def _write_one(self, content: bytes) -> str:
        digest = sha256(content).hexdigest()
        path = self._path(digest)
        if path.is_file() and sha256(path.read_bytes()).hexdigest() == digest:
            return digest
        descriptor, unfinished = tempfile.mkstemp(suffix=".part", dir=self._folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
        return digest

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def verified(content: bytes, digest: str) -> bytes:
    """`content`, if its sha256 is `digest`.

    Raises:
        WorkspaceError: it is not.
    """
    if sha256(content).hexdigest() != digest:
        raise WorkspaceError(
            f"The stored picture {digest[:8]} is not what was written: its sha256 differs.",
            rule="blob-altered",
        )
    return content


def _is_stale(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _STALE_SECONDS
    except FileNotFoundError:  # its writer has just finished it
        return False
