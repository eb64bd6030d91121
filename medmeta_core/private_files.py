"""Files that nobody but their owner reads, each written whole or not at all.

An unfinished file ends in ".part" and is locked by its writer, so that one whose writer died
can be told from one that is being written.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from medmeta_core.operating_system import FileLock, is_ours

FOLDER_MODE, FILE_MODE = 0o700, 0o600
UNFINISHED = ".part"


def make_private_folder(folder: Path) -> None:
    """Make the folder, or take from others the right to look into it.

    A folder that many users share (sticky, as /tmp) is left as it is.

    Raises:
        OSError: the disk refuses.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if not folder.stat().st_mode & stat.S_ISVTX:
        _make_private(folder, FOLDER_MODE)


def make_private(path: Path) -> None:
    """Take from others the right to read a file, or a folder with all that is in it.

    What belongs to somebody else is passed over, and so is what is not there.
    """
    with suppress(OSError):
        if path.is_symlink():
            return
        if not path.is_dir():
            _make_private(path, FILE_MODE)
            return
        _make_private(path, FOLDER_MODE)
        for inside in path.iterdir():
            make_private(inside)


def write_whole(path: Path, content: bytes | bytearray) -> None:
    """Write a file so that after a crash it holds `content` or what it held before.

    Raises:
        OSError: the disk refuses; nothing unfinished is left behind.
    """
    with written_whole(path, content):
        pass


@contextmanager
def written_whole(path: Path, content: bytes | bytearray) -> Iterator[None]:
    """The same, and hold the file, as `locked` does, until the block ends.

    Raises:
        OSError: the disk refuses; nothing unfinished is left behind.
    """
    descriptor, name = tempfile.mkstemp(suffix=UNFINISHED, dir=path.parent)
    unfinished = Path(name)
    with ExitStack() as stack:
        try:
            with os.fdopen(descriptor, "wb") as file:
                lock = FileLock(unfinished, wait=True)
                stack.callback(lock.release)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)  # once it is closed: Windows renames no open file
            lock.follow(path)
        finally:
            unfinished.unlink(missing_ok=True)
        yield


def nameless_file(folder: Path) -> BinaryIO:
    """A new file that stands in no folder: nobody else can open it, and it is gone once closed.

    Args:
        folder: on whose disk it lies; made where it does not exist.

    Raises:
        OSError: the disk refuses.
    """
    make_private_folder(folder)
    return cast(BinaryIO, tempfile.TemporaryFile(dir=folder))  # on Windows a wrapper of one


@contextmanager
def unfinished_folder(folder: Path) -> Iterator[Path]:
    """A folder in `folder` for files that belong together, held until the block ends, then gone.

    Raises:
        OSError: the disk refuses.
    """
    temporary = Path(tempfile.mkdtemp(suffix=UNFINISHED, dir=folder))
    with locked(temporary):
        try:
            yield temporary
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def sweep_unfinished(folder: Path) -> None:
    """Delete the unfinished files and folders whose writer died."""
    for path in folder.glob(f"*{UNFINISHED}"):
        with suppress(OSError), locked(path):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file or folder that nobody else holds; the lock ends with this process, at the latest.

    Raises:
        OSError: somebody holds it, or it is not there.
    """
    lock = FileLock(path)
    try:
        yield
    finally:
        lock.release()


def _make_private(path: Path, mode: int) -> None:
    if stat.S_IMODE(path.stat().st_mode) != mode and is_ours(path.stat()):
        path.chmod(mode)
