"""What to say where the disk or the database refuses: one rule for each cause."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

from medmeta_core.errors import WorkspaceError

_BY_ERRNO = {
    errno.ENOSPC: "disk-full",
    getattr(errno, "EDQUOT", errno.ENOSPC): "disk-full",  # not on every system
    errno.EFBIG: "disk-full",
    errno.EROFS: "disk-read-only",
    errno.EACCES: "disk-read-only",
    errno.EPERM: "disk-read-only",
}
_BY_SQLITE = {
    sqlite3.SQLITE_FULL: "disk-full",
    sqlite3.SQLITE_READONLY: "disk-read-only",
    sqlite3.SQLITE_CANTOPEN: "disk-read-only",
    sqlite3.SQLITE_PERM: "disk-read-only",
    sqlite3.SQLITE_CORRUPT: "database-damaged",
    sqlite3.SQLITE_NOTADB: "database-damaged",
    sqlite3.SQLITE_BUSY: "database-locked",
    sqlite3.SQLITE_LOCKED: "database-locked",
    sqlite3.SQLITE_IOERR: "disk-refuses",
}
_PRIMARY = 0xFF
"""The bits of SQLite's extended result codes that name the kind of error (sqlite.org/rescode)."""


def of_disk(error: OSError) -> WorkspaceError:
    """What to say of an error of the file system."""
    return WorkspaceError(_BY_ERRNO.get(error.errno or 0, "disk-refuses"))


def of_home(error: OSError) -> WorkspaceError:
    """What to say where the folder of the store cannot be made or written."""
    if isinstance(error, NotADirectoryError | FileExistsError):
        return WorkspaceError("home-no-folder")
    return of_disk(error)


def of_database(error: DBAPIError | sqlite3.Error) -> WorkspaceError:
    """What to say of an error of the database."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None:
        return WorkspaceError("store-unavailable")
    return WorkspaceError(_BY_SQLITE.get(code & _PRIMARY, "store-unavailable"))
