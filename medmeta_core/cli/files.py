"""Files that the command is given: looked at before a byte of them is read."""

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from medmeta_core.errors import MedMetaError, system_error
from medmeta_core.imaging import LIMITS, ReadItem, Refusal, Upload, read_uploads
from medmeta_core.progress import Progress

MEBIBYTE = 2**20


def regular_file(path: Path, *, max_bytes: int) -> Path:
    """The path of a regular file of at most so many bytes.

    A pipe would be waited for and a device read without an end.

    Raises:
        MedMetaError: there is none, it is something else, or it is larger.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise MedMetaError("no-file", path=str(path), error=system_error(error)) from error
    except ValueError as error:  # a name that no file can have
        raise MedMetaError("file-name", path=str(path)) from error
    if stat.S_ISDIR(found.st_mode):
        raise MedMetaError("file-is-folder", path=str(path))
    if not stat.S_ISREG(found.st_mode):
        raise MedMetaError("file-is-device", path=str(path))
    if found.st_size > max_bytes:
        n_mb, limit = found.st_size // MEBIBYTE, max_bytes // MEBIBYTE
        raise MedMetaError("file-too-large", path=str(path), found=n_mb, limit=limit)
    return path


def read_files(
    files: Sequence[Path], progress: Progress
) -> Iterator[tuple[Path, ReadItem | Refusal]]:
    """Each file with its images, or why it was refused, in the order given.

    Raises:
        MedMetaError: a file cannot be opened, is no file, or is too large.
    """
    for done, file in enumerate(files):
        progress(done / len(files), file.name)
        upload = Upload(file.name, regular_file(file, max_bytes=LIMITS.zip_bytes))
        yield from ((file, item) for item in read_uploads([upload]))
