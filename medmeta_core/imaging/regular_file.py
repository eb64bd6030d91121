"""A file that a caller names: looked at before a byte of it is read."""

import stat
from pathlib import Path

from medmeta_core.errors import MedMetaError, system_error
from medmeta_core.imaging.limits import MEBIBYTE


def regular_file(path: Path, *, max_bytes: int) -> Path:
    """The path of a regular file of at most so many bytes.

    A pipe would be waited for and a device read without an end.

    Raises:
        MedMetaError: there is none, it is something else, or it is larger.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise MedMetaError("no-file", path=str(path), error=system_error(error)) from error
    except ValueError as error:  # a name that no file can have
        raise MedMetaError("file-name", path=str(path)) from error
    if stat.S_ISDIR(status.st_mode):
        raise MedMetaError("file-is-folder", path=str(path))
    if not stat.S_ISREG(status.st_mode):
        raise MedMetaError("file-is-device", path=str(path))
    if status.st_size > max_bytes:
        n_mb, limit = status.st_size // MEBIBYTE, max_bytes // MEBIBYTE
        raise MedMetaError("file-too-large", path=str(path), found=n_mb, limit=limit)
    return path
