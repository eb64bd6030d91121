"""The container of a session file: one zip, entries stored, sealed by a digest at its end.

The last 64 bytes (the zip's comment) are the sha256 of all bytes before them. Nothing in it is
compressed, so that it holds no more than it weighs and its bytes depend on its content alone.
"""

import json
import re
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any

from medmeta_core.errors import SessionFileError
from medmeta_core.workspace.columns import canonical_json

MAX_BYTES = 2 * 2**30
MAX_ENTRIES = 20_000
MAX_MANIFEST_BYTES = 64 * 2**20

_MANIFEST = "manifest.json"
_BLOB_NAME = re.compile(r"blobs/([0-9a-f]{64})")
_SEAL_LENGTH = 64
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the zip format knows no earlier date
_CHUNK = 2**20


def pack(manifest: Mapping[str, Any], blobs: Mapping[str, bytes]) -> bytes:
    """The bytes of a session file; the same content gives the same bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_entry(_MANIFEST), canonical_json(manifest).encode())
        for digest in sorted(blobs):
            archive.writestr(_entry(f"blobs/{digest}"), blobs[digest])
        archive.comment = b"0" * _SEAL_LENGTH
    body = memoryview(buffer.getbuffer())[:-_SEAL_LENGTH]
    return b"".join((body, sha256(body).hexdigest().encode()))


def unpack(content: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """(manifest, {sha256: bytes}) of a session file, every digest verified.

    Raises:
        SessionFileError: it is too large, damaged, altered, or not one of ours.
    """
    _check_seal(content)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = _checked_entries(archive, len(content))
            manifest = _manifest(_read(archive, entries.pop(_MANIFEST)))
            blobs = {name[6:]: _read(archive, entry) for name, entry in entries.items()}
    except (
        zipfile.BadZipFile,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,  # an offset before the file's beginning
    ) as error:
        raise refused("zip", "it is not a whole zip file") from error
    for digest, blob in blobs.items():
        if sha256(blob).hexdigest() != digest:
            raise refused("blob-digest", f"the picture {digest[:8]} is not what its digest says")
    return manifest, blobs


def refused(rule: str, finding: str) -> SessionFileError:
    """What to say of a session file that breaks a rule."""
    return SessionFileError(f"The session file was not opened: {finding}.", rule=rule)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_EPOCH)
    entry.create_system = 3  # else the bytes would tell on which system they were written
    entry.external_attr = 0o600 << 16
    return entry


def _check_seal(content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise refused("size", f"at most {MAX_BYTES} bytes are read, found {len(content)}")
    body = memoryview(content)[:-_SEAL_LENGTH]
    if content[:4] != b"PK\x03\x04" or len(content) <= _SEAL_LENGTH:
        raise refused(
            "zip",
            "it is not a zip file. A session file ends in .medmeta.zip; pictures are added on "
            "the page Examples",
        )
    if not _has_a_mark_of_ours(content) and zipfile.is_zipfile(BytesIO(content)):
        raise SessionFileError(
            "This zip is no session file of MedMeta, whose name ends in .medmeta.zip. To bring "
            "pictures, create a workspace and drop the zip on the page Examples.",
            rule="not-a-session",
        )
    if sha256(body).hexdigest().encode() != content[-_SEAL_LENGTH:]:
        raise refused("seal", "it was damaged or altered after it was written")


def _has_a_mark_of_ours(content: bytes) -> bool:
    """Whether a zip begins with a manifest or ends with a seal, as `pack` writes both.

    A zip's local file header has 30 bytes before the name (APPNOTE.TXT 4.3.7).
    """
    begins = content[30 : 30 + len(_MANIFEST)] == _MANIFEST.encode()
    return begins or re.fullmatch(rb"[0-9a-f]{64}", content[-_SEAL_LENGTH:]) is not None


def _checked_entries(archive: zipfile.ZipFile, n_bytes: int) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise refused("entries", f"at most {MAX_ENTRIES} entries are read, found {len(entries)}")
    by_name = {entry.filename: entry for entry in entries}
    if _MANIFEST not in by_name or len(by_name) != len(entries):
        raise refused("entry-names", "its manifest is missing, or a name is there twice")
    if not all(name == _MANIFEST or _BLOB_NAME.fullmatch(name) for name in by_name):
        raise refused("entry-names", "it holds something that is no part of a session")
    if any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in entries):
        raise refused("entry-stored", "an entry is compressed or encrypted")
    if sum(entry.file_size for entry in entries) > n_bytes:
        raise refused("entry-sizes", "its entries claim to be larger than the file")
    if by_name[_MANIFEST].file_size > MAX_MANIFEST_BYTES:
        raise refused("manifest-size", f"at most {MAX_MANIFEST_BYTES} bytes of manifest are read")
    return by_name


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry, no more than it declares; the zip's own checksum is verified."""
    content = bytearray()
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            content += chunk
            if len(content) > entry.file_size:
                raise refused("entry-sizes", "an entry is larger than it declares")
    if len(content) != entry.file_size:
        raise refused("entry-sizes", "an entry is smaller than it declares")
    return bytes(content)


def _manifest(content: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(content)
        is_canonical = canonical_json(manifest).encode() == content
    except (ValueError, RecursionError) as error:
        raise refused("manifest-json", "its manifest is not JSON") from error
    if not isinstance(manifest, dict) or not is_canonical:
        raise refused("manifest-json", "its manifest is not written as MedMeta writes it")
    return manifest
