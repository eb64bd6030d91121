"""A zip → its files, piece by piece; runs in the child.

Nothing is written to a disk. Limits are checked against what the zip states before anything
is unpacked, and against the bytes that really come out while it is.
"""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import SEEK_END
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import error as DeflateError

from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.names import is_ignored, name_in_zip
from medmeta_core.imaging.refusals import Refused

ZIP_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
END_RECORD = b"PK\x05\x06"
MAX_END_RECORD_BYTES = 22 + 2**16
OFFICE_FILES = ("[Content_Types].xml", "mimetype")
SESSION_MANIFEST, SESSION_BLOB = "manifest.json", re.compile(r"blobs/[0-9a-f]{64}")
IS_ENCRYPTED = 0x1
PIECE_BYTES = 8 * 2**20


@dataclass(frozen=True)
class Piece:
    """Some bytes of a file within the zip.

    Attributes:
        path: with slashes.
        position: of the file among all, in [0, 1].
        content: the next bytes of the file; an empty piece ends it.
        rule: the rule that this file breaks, which ends it too, or "".
    """

    path: str
    position: float
    content: bytes = b""
    rule: str = ""


def is_zip(head: bytes) -> bool:
    """Whether the first bytes are those of a zip."""
    return head.startswith(ZIP_BEGINNINGS)


def unpack_zip(content: BinaryIO) -> Iterator[Piece]:
    """The files of a zip in its order; what operating systems leave behind is passed over.

    Raises:
        Refused: the zip as a whole breaks a rule.
    """
    archive, budget = _opened(content)
    files = _files(archive)
    for number, (path, entry) in enumerate(files):
        piece = Piece(path, number / len(files))
        yield from _pieces(archive, entry, piece=piece, budget=budget)


def paths_in_zip(content: BinaryIO) -> Iterator[str]:
    """The paths of the same files, with slashes; nothing is unpacked.

    Raises:
        Refused: the zip as a whole breaks a rule, holds no file, or is no set of pictures.
    """
    archive, _ = _opened(content)
    paths = [path for path, _ in _files(archive)]
    if not paths:
        raise Refused("empty-zip")
    if SESSION_MANIFEST in paths and all(
        path == SESSION_MANIFEST or SESSION_BLOB.fullmatch(path) for path in paths
    ):
        raise Refused("session-file")
    yield from paths


def _opened(content: BinaryIO) -> "tuple[ZipFile, _Budget]":
    n_bytes = content.seek(0, SEEK_END)
    _check_stated_count(content, n_bytes)
    try:
        archive = ZipFile(content)
    except (BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise Refused("broken-zip") from error
    budget = _Budget(LIMITS.inflated(n_bytes))
    _check(archive.infolist(), budget)
    return archive, budget


def _files(archive: ZipFile) -> list[tuple[str, ZipInfo]]:
    """Path and entry of each file that is not passed over."""
    entries = [(name_in_zip(entry), entry) for entry in archive.infolist() if not entry.is_dir()]
    return [(path, entry) for path, entry in entries if not is_ignored(path)]


class _Budget:
    """The bytes that may still come out of the zip."""

    def __init__(self, n_bytes: int) -> None:
        self._limit = self._n_left = n_bytes

    def check(self, n_bytes: int) -> None:
        """Refuse what would be too much.

        Raises:
            Refused: more than is left.
        """
        if n_bytes > self._n_left:
            raise Refused("inflates-too-far", limit=self._limit >> 20)

    def spend(self, n_bytes: int) -> None:
        """Count bytes that did come out.

        Raises:
            Refused: more than was left.
        """
        self.check(n_bytes)
        self._n_left -= n_bytes


def _pieces(archive: ZipFile, entry: ZipInfo, *, piece: Piece, budget: _Budget) -> Iterator[Piece]:
    """The pieces of one file, the last one empty or with the rule that the file breaks."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        yield replace(piece, rule="unsafe-path")
        return
    try:
        with archive.open(entry) as file:
            while content := file.read(PIECE_BYTES):
                budget.spend(len(content))
                yield replace(piece, content=content)
        yield piece
    except (BadZipFile, DeflateError, EOFError, NotImplementedError, OSError):
        yield replace(piece, rule="broken-zip")


def _check_stated_count(content: BinaryIO, n_bytes: int) -> None:
    """Refuse too many entries before any of them is parsed."""
    content.seek(max(0, n_bytes - MAX_END_RECORD_BYTES))
    end = content.read().rpartition(END_RECORD)[2]
    n_entries = int.from_bytes(end[6:8], "little")
    if n_entries > LIMITS.entries:
        raise Refused("too-many-entries", found=n_entries, limit=LIMITS.entries)


def _check(entries: list[ZipInfo], budget: _Budget) -> None:
    if len(entries) > LIMITS.entries:
        raise Refused("too-many-entries", found=len(entries), limit=LIMITS.entries)
    if any(entry.flag_bits & IS_ENCRYPTED for entry in entries):
        raise Refused("encrypted-zip")
    if any(entry.filename in OFFICE_FILES for entry in entries):
        raise Refused("not-an-image")  # a document that happens to be a zip
    budget.check(sum(entry.file_size for entry in entries))
