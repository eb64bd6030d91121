"""`BlobFolder`: files named by the sha256 of what they hold."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from medmeta_core.errors import WorkspaceError, system_error
from medmeta_core.operating_system import sync_folder
from medmeta_core.private_files import (
    locked,
    nameless_file,
    sweep_unfinished,
    write_whole,
    written_whole,
)
from medmeta_core.workspace import refusing_disk

_PENDING = ".pending"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobFolder:
    """Content-addressed bytes that survive a crash: a name appears only once all is on disk.

    A blob is deleted only where a note says that its row was about to be written or about to be
    erased, and no row names it. What no row names and no note speaks of is left alone: where a
    database was lost, these are the only copies.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, contents: Iterable[bytes | bytearray]) -> list[str]:
        """The sha256 of each content, once all of them are safely on disk.

        Raises:
            WorkspaceError: the disk refuses.
        """
        try:
            digests = [self._write_one(content) for content in contents]
            sync_folder(self._folder)
        except OSError as error:
            raise refusing_disk.of_disk(error) from error
        return digests

    def read(self, digest: str) -> bytes:
        """The bytes of `digest`, verified.

        Raises:
            WorkspaceError: they are missing, or not what was written.
        """
        try:
            content = self._path(digest).read_bytes()
        except OSError as error:
            raise _missing(digest, error) from error
        return verified(content, digest)

    def open(self, digest: str) -> BinaryIO:
        """The file of `digest` at its beginning, verified without being held in memory.

        Raises:
            WorkspaceError: it is missing, or not what was written.
        """
        with ExitStack() as stack:
            try:
                file = stack.enter_context(self._path(digest).open("rb"))
                actual = file_digest(file, "sha256").hexdigest()
                file.seek(0)
            except OSError as error:
                raise _missing(digest, error) from error
            if actual != digest:
                raise _altered(digest)
            stack.pop_all()  # it stays open
        return file

    def size(self, digest: str) -> int:
        """The number of bytes of `digest`.

        Raises:
            WorkspaceError: they are missing.
        """
        try:
            return self._path(digest).stat().st_size
        except OSError as error:
            raise _missing(digest, error) from error

    def nameless_file(self) -> BinaryIO:
        """A new file on the same disk that stands in no folder and is gone once closed.

        Raises:
            WorkspaceError: the disk refuses.
        """
        try:
            return nameless_file(self._folder)
        except OSError as error:
            raise refusing_disk.of_disk(error) from error

    def holds(self, digest: str) -> bool:
        """Whether there is a file for `digest`; its bytes are not looked at."""
        return self._path(digest).is_file()

    def digests(self) -> set[str]:
        """The digests for which there is a file."""
        return {path.name for path in self._folder.glob("*") if _DIGEST.fullmatch(path.name)}

    def delete(self, digests: Iterable[str]) -> None:
        """Delete these blobs.

        Raises:
            WorkspaceError: the disk refuses.
        """
        try:
            for digest in digests:
                self._path(digest).unlink(missing_ok=True)
            sync_folder(self._folder)
        except OSError as error:
            raise refusing_disk.of_disk(error) from error

    @contextmanager
    def pending(self, digests: Collection[str]) -> Iterator[None]:
        """Note that rows of these blobs are about to be written, until that is done.

        Where the block fails the note stays, and `settle` decides.

        Raises:
            WorkspaceError: the disk refuses.
        """
        note = self._new_note()
        with ExitStack() as stack:
            try:
                stack.enter_context(written_whole(note, json.dumps(sorted(digests)).encode()))
            except OSError as error:
                raise refusing_disk.of_disk(error) from error
            yield
            note.unlink(missing_ok=True)

    def note(self, digests: Collection[str]) -> None:
        """Note that the rows of these blobs are about to be erased; `settle` decides.

        Raises:
            WorkspaceError: the disk refuses.
        """
        if digests:
            try:
                write_whole(self._new_note(), json.dumps(sorted(digests)).encode())
            except OSError as error:
                raise refusing_disk.of_disk(error) from error

    def all_pending(self) -> set[str]:
        """The blobs that notes name."""
        digests: set[str] = set()
        for note in self._notes():
            digests |= _digests_in(note)
        return digests

    def settle(self, named: Collection[str]) -> int:
        """How many blobs were deleted: those of notes left behind that no row names.

        Args:
            named: the blobs that rows name; nobody else may write rows meanwhile.
        """
        n_deleted = 0
        for note in self._notes():
            with suppress(OSError), locked(note):  # else its writer is still at work
                nameless = {digest for digest in _digests_in(note) if digest not in named}
                n_deleted += sum(map(self.holds, nameless))
                self.delete(nameless)
                note.unlink()
        return n_deleted

    def sweep_unfinished(self) -> None:
        """Delete unfinished files whose writer died."""
        sweep_unfinished(self._folder)

    def has_notes(self) -> bool:
        """Whether there is anything to settle."""
        return bool(self._notes())

    def _new_note(self) -> Path:
        return self._folder / f"{uuid4().hex}{_PENDING}"

    def _notes(self) -> list[Path]:
        return list(self._folder.glob(f"*{_PENDING}"))

    def _path(self, digest: str) -> Path:
        return self._folder / digest

    def _write_one(self, content: bytes | bytearray) -> str:
        digest = sha256(content).hexdigest()
        if not self._is_whole(digest):
            write_whole(self._path(digest), content)
        return digest

    def _is_whole(self, digest: str) -> bool:
        if not self.holds(digest):
            return False
        with self._path(digest).open("rb") as file:
            return file_digest(file, "sha256").hexdigest() == digest


def verified(content: bytes, digest: str) -> bytes:
    """`content`, if its sha256 is `digest`.

    Raises:
        WorkspaceError: it is not.
    """
    if sha256(content).hexdigest() != digest:
        raise _altered(digest)
    return content


def _altered(digest: str) -> WorkspaceError:
    return WorkspaceError("blob-altered", digest=digest[:8])


def _missing(digest: str, error: OSError) -> WorkspaceError:
    return WorkspaceError("blob-missing", digest=digest[:8], error=system_error(error))


def _digests_in(note: Path) -> set[str]:
    with suppress(OSError, ValueError):
        return {digest for digest in json.loads(note.read_bytes()) if _DIGEST.fullmatch(digest)}
    return set()
