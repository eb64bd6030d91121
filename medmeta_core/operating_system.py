"""What Linux, macOS and Windows do each in their own way: the one place that asks which it is.

Linux is served best. What another system lacks is said where it is missed; SECURITY.md sums up what
is weaker there. `medmeta_core.imaging.guard.fork_server` and `forked_children` are for Linux alone.
"""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, NoReturn

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl
    import resource

HAS_FORK_SERVER = sys.platform == "linux" and all(
    hasattr(os, name) for name in ("fork", "memfd_create", "pidfd_open")
)
"""Whether decoders run in forked children with hard limits; else in spawned and watched ones."""

HAS_MEMORY_LIMIT = sys.platform == "linux"
"""Whether the memory of a process can be bounded: macOS takes the limit and does not keep it."""

SQLITE_WITHOUT_LOCKS = "vfs=win32-none" if sys.platform == "win32" else "vfs=unix-none"
"""How SQLite opens a database that nobody else has open (sqlite.org/vfs.html)."""


def forbid_core_files() -> None:
    """Keep a crash from writing memory to the disk. Windows writes none unless set up to."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forbid_writing() -> None:
    """Let this process write no byte into a file from now on. Windows has no such limit."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def allow_open_files(most: int) -> None:
    """Let this process open so many files, or as many as it may. Windows allows 8,192."""
    if sys.platform != "win32":
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        most = most if limit == resource.RLIM_INFINITY else min(most, limit)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, limit))


def limit_private_memory(n_bytes: int | None) -> None:
    """Bound what this process may reserve (RLIMIT_DATA); None lifts the bound as far as allowed."""
    if sys.platform == "linux":
        most = resource.getrlimit(resource.RLIMIT_DATA)[1]
        limit = most if n_bytes is None else n_bytes
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def sync_folder(folder: Path) -> None:
    """Have the names of a folder's files on disk, too. Windows has no such call.

    Raises:
        OSError: the disk refuses.
    """
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def is_ours(status: os.stat_result) -> bool:
    """Whether a file is this user's, so that its mode can be set; Windows has no such modes."""
    return sys.platform != "win32" and status.st_uid == os.getuid()


def user_data_folder() -> Path:
    """Where applications keep what is this user's."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local").expanduser()
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()


def become_python(arguments: Sequence[str]) -> NoReturn:
    """Go on as `python ARGUMENTS`; Windows cannot, so that it is waited for there."""
    command = [sys.executable, *arguments]
    if sys.platform == "win32":
        sys.exit(subprocess.call(command))
    os.execv(sys.executable, command)


class FileLock:
    """A lock of a file or folder, which ends with this process at the latest.

    On Linux and macOS it is that of the file itself, whatever it is called; on Windows, where a
    locked file can be neither read nor renamed, that of a file in the folder for temporary files
    which stands for the path.

    Raises:
        OSError: somebody holds it and `wait` is False, or the file is not there.
    """

    def __init__(self, path: Path, *, wait: bool = False) -> None:
        self._descriptors = [_locked(path, wait=wait)]

    def follow(self, path: Path) -> None:
        """Hold the file under the name that it was given meanwhile."""
        if sys.platform == "win32":
            self._descriptors.append(_locked(path, wait=True))

    def release(self) -> None:
        """Let go."""
        while self._descriptors:
            os.close(self._descriptors.pop())


def _locked(path: Path, *, wait: bool) -> int:
    if sys.platform == "win32":
        path.stat()
        folder = Path(tempfile.gettempdir(), "medmeta-locks")
        folder.mkdir(exist_ok=True)
        name = hashlib.sha256(str(path.absolute()).encode()).hexdigest()
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT)
    else:
        descriptor = os.open(path, os.O_RDONLY)
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def path_of(file: BinaryIO) -> Path | None:
    """A path by which this process can reopen an open file; None where there is none."""
    if sys.platform == "linux":
        return Path(f"/proc/self/fd/{file.fileno()}")
    else:  # noqa: RET505 (what a system does not do is left out of its types)
        return name_of(file)


def name_of(file: BinaryIO) -> Path | None:
    """A path by which other processes can open it, too: None where it stands in no folder."""
    name = getattr(file, "name", None)
    return Path(name) if isinstance(name, str) and _is_at(Path(name), file) else None


def _is_at(path: Path, file: BinaryIO) -> bool:
    """Whether opening the path opens the file; Windows opens no temporary file twice."""
    try:
        path.open("rb").close()
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except OSError:
        return False


def open_again(file: BinaryIO) -> BinaryIO:
    """The file once more, read from its beginning, with a place of its own in it.

    Raises:
        OSError: the file is gone.
    """
    path = path_of(file)
    if path is not None:
        return path.open("rb")
    raw = getattr(file, "raw", None)
    return io.BufferedReader(_OwnPlace(raw.file if isinstance(raw, _OwnPlace) else file))


class _OwnPlace(io.RawIOBase):
    """An open file, read from a place of its own; the place of the file is put back each time."""

    _turn = Lock()

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._at = 0

    def fileno(self) -> int:
        return self.file.fileno()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        size = os.fstat(self.file.fileno()).st_size
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: size}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        room = memoryview(buffer).cast("B")
        with self._turn:
            before = self.file.tell()
            self.file.seek(self._at)
            content = self.file.read(len(room))
            self.file.seek(before)
        room[: len(content)] = content
        self._at += len(content)
        return len(content)
