"""Files that the command is given: looked at before a byte of them is read."""

import stat
from pathlib import Path

from medmeta_core.errors import MedMetaError

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
        raise MedMetaError(f"{path} cannot be opened: {error.strerror}.", rule="no-file") from error
    except ValueError as error:  # a name that no file can have
        raise MedMetaError(f"{path} cannot be opened.", rule="no-file") from error
    if stat.S_ISDIR(found.st_mode):
        raise MedMetaError(f"{path} is a folder; expected a file.", rule="no-file")
    if not stat.S_ISREG(found.st_mode):
        raise MedMetaError(f"{path} is a pipe or a device; expected a file.", rule="no-file")
    if found.st_size > max_bytes:
        raise MedMetaError(
            f"{path} has {found.st_size // MEBIBYTE} MB; at most {max_bytes // MEBIBYTE} MB are "
            "read.",
            rule="file-too-large",
        )
    return path
