"""The container of a session file: one zip, entries stored, sealed by a digest at its end.

The last 64 bytes (the zip's comment) are the sha256 of all bytes before them. Nothing in it is
compressed, so that it holds no more than it weighs and its bytes depend on its content alone.
It is written and read on the disk: one picture at a time is in memory.
"""

import json
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from io import SEEK_END
from typing import Any, BinaryIO

from medmeta_core.errors import SessionFileError, WorkspaceError
from medmeta_core.workspace.columns import canonical_json

MAX_BYTES = 2 * 2**30
MAX_ENTRIES = 20_000
MAX_MANIFEST_BYTES = 32 * 2**20
"""Some 50,000 answers; as rows in memory it is seven times as much."""

_MANIFEST = "manifest.json"
_BLOB_NAME = re.compile(r"blobs/([0-9a-f]{64})")
_EMPTY_ZIP = b"PK\x05\x06"
"""Where the others begin with an entry, its directory begins."""

_SEAL_LENGTH = 64
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the zip format knows no earlier date
_BEGINNING = 30  # bytes of a local file header before the name (APPNOTE.TXT 4.3.7)
_CHUNK = 2**20

_DAMAGED = (
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,  # an offset before the file's beginning
)
"""What a zip that is not whole leads to."""


def pack(manifest: Mapping[str, Any], blobs: Mapping[str, bytes], out: BinaryIO) -> None:
    """Write a session file into an empty file; the same content gives the same bytes.

    Args:
        blobs: {sha256: bytes}; asked for each when its turn comes, so that it need not hold them.
        out: open for reading and writing.

    Raises:
        WorkspaceError: the manifest is larger than one that is read.
    """
    text = canonical_json(manifest).encode()
    if len(text) > MAX_MANIFEST_BYTES:
        raise WorkspaceError("session-rows", limit=MAX_MANIFEST_BYTES >> 20)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_entry(_MANIFEST), text)
        for digest in sorted(blobs):
            archive.writestr(_entry(f"blobs/{digest}"), blobs[digest])
        archive.comment = b"0" * _SEAL_LENGTH
    n_sealed = out.seek(-_SEAL_LENGTH, SEEK_END)
    seal = _digest_of_first(n_sealed, out)
    out.seek(n_sealed)
    out.write(seal)


class SessionBlobs(Mapping[str, bytes]):
    """{sha256: bytes} of an open session file; each is read, and checked, when it is asked for.

    Asking raises `SessionFileError` where the bytes are not what the digest says.
    """

    def __init__(self, archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo]) -> None:
        self._archive = archive
        self._entries = entries

    def __getitem__(self, digest: str) -> bytes:
        blob = _read(self._archive, self._entries[digest])
        if sha256(blob).hexdigest() != digest:
            raise SessionFileError("blob-digest", digest=digest[:8])
        return blob

    def __contains__(self, digest: object) -> bool:
        return digest in self._entries  # without reading it

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def sizes(self) -> dict[str, int]:
        """{sha256: number of bytes}; nothing is read."""
        return {digest: entry.file_size for digest, entry in self._entries.items()}

    def only(self, digests: Collection[str]) -> "SessionBlobs":
        """Those of these digests."""
        return SessionBlobs(self._archive, {digest: self._entries[digest] for digest in digests})


def unpack(file: BinaryIO) -> tuple[dict[str, Any], SessionBlobs]:
    """(manifest, blobs) of a session file, which must stay open while blobs are read.

    Raises:
        SessionFileError: it is too large, damaged, altered, or not one of ours.
    """
    n_bytes = _check_seal(file)
    try:
        archive = zipfile.ZipFile(file)
        entries = _checked_entries(archive, n_bytes)
    except _DAMAGED as error:
        raise SessionFileError("zip") from error
    manifest = _manifest(_read(archive, entries.pop(_MANIFEST)))
    return manifest, SessionBlobs(archive, {name[6:]: entry for name, entry in entries.items()})


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_EPOCH)
    entry.create_system = 3  # else the bytes would tell on which system they were written
    entry.external_attr = 0o600 << 16
    return entry


def _check_seal(file: BinaryIO) -> int:
    """The number of bytes of a file whose seal holds."""
    n_bytes = file.seek(0, SEEK_END)
    if n_bytes > MAX_BYTES:
        raise SessionFileError("size", limit=MAX_BYTES, found=n_bytes)
    file.seek(0)
    beginning = file.read(_BEGINNING + len(_MANIFEST))
    if beginning.startswith(_EMPTY_ZIP):
        raise SessionFileError("empty-session")
    if beginning[:4] != b"PK\x03\x04" or n_bytes <= _SEAL_LENGTH:
        raise SessionFileError("not-a-zip")
    file.seek(-_SEAL_LENGTH, SEEK_END)
    seal = file.read(_SEAL_LENGTH)
    if not _has_a_mark_of_ours(beginning, seal) and zipfile.is_zipfile(file):
        raise SessionFileError("not-a-session")
    if _digest_of_first(n_bytes - _SEAL_LENGTH, file) != seal:
        raise SessionFileError("seal")
    return n_bytes


def _digest_of_first(n_bytes: int, file: BinaryIO) -> bytes:
    """sha256 (hex) of the first bytes of a file."""
    digest = sha256()
    file.seek(0)
    while n_bytes and (chunk := file.read(min(n_bytes, _CHUNK))):
        digest.update(chunk)
        n_bytes -= len(chunk)
    return digest.hexdigest().encode()


def _has_a_mark_of_ours(beginning: bytes, seal: bytes) -> bool:
    """Whether a zip begins with a manifest or ends with a seal, as `pack` writes both."""
    begins = beginning[_BEGINNING:] == _MANIFEST.encode()
    return begins or re.fullmatch(rb"[0-9a-f]{64}", seal) is not None


def _checked_entries(archive: zipfile.ZipFile, n_bytes: int) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise SessionFileError("entries", limit=MAX_ENTRIES, found=len(entries))
    by_name = {entry.filename: entry for entry in entries}
    if _MANIFEST not in by_name or len(by_name) != len(entries):
        raise SessionFileError("entry-names", fault_of_names="manifest-or-twice")
    if not all(name == _MANIFEST or _BLOB_NAME.fullmatch(name) for name in by_name):
        raise SessionFileError("entry-names", fault_of_names="foreign")
    if any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in entries):
        raise SessionFileError("entry-stored")
    if any(entry.compress_size != entry.file_size for entry in entries):
        raise SessionFileError("entry-sizes", fault_of_sizes="declared")
    if sum(entry.file_size for entry in entries) > n_bytes:
        raise SessionFileError("entry-sizes", fault_of_sizes="larger-than-file")
    if by_name[_MANIFEST].file_size > MAX_MANIFEST_BYTES:
        raise SessionFileError("manifest-size", limit=MAX_MANIFEST_BYTES)
    return by_name


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry, as many as it declares; the zip's own checksum is verified."""
    try:
        with archive.open(entry) as file:
            content = file.read()  # in one piece: what is stored is not held twice
    except _DAMAGED as error:
        raise SessionFileError("zip") from error
    if len(content) != entry.file_size:
        raise SessionFileError("entry-sizes", fault_of_sizes="declared")
    return content


def _manifest(content: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(content)
        is_canonical = canonical_json(manifest).encode() == content
    except (ValueError, RecursionError) as error:
        raise SessionFileError("manifest-json", fault_of_manifest="not-json") from error
    if not isinstance(manifest, dict) or not is_canonical:
        raise SessionFileError("manifest-json", fault_of_manifest="not-canonical")
    return manifest
