"""Zips among the uploads, taken apart into the uploads that they hold."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging.folder_labels import Labels, folder_key, labels_below
from medmeta_core.imaging.guard.guard import Guard
from medmeta_core.imaging.guard.protocol import Header
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.names import leads_out
from medmeta_core.imaging.refusals import refusal_message, unreadable
from medmeta_core.imaging.upload import Refusal, Upload
from medmeta_core.imaging.zip_archive import is_zip

ProgressItem = tuple[float, Upload | Refusal]
"""How far through the zip, in [0, 1], and what lies there."""


def unpacked(zipped: Upload) -> Iterator[ProgressItem]:
    """The files of a zip; a folder within it lies below the zip's own folder."""
    try:
        if zipped.n_bytes > LIMITS.zip_bytes:
            raise unreadable("too-many-bytes", limit=LIMITS.zip_bytes >> 20)
        with Guard() as guard, zipped.readable() as readable:
            yield from _files(guard, zipped, readable)
    except UnreadableImageError as error:
        yield 1.0, Refusal(zipped.name, zipped.folder, error.rule, error.facts)
    except OSError:
        yield 1.0, Refusal(zipped.name, zipped.folder, "unreadable-file")


def _labels(guard: Guard, zipped: Upload, readable: bytes | BinaryIO) -> Labels:
    """What the folders of the zip say of its files; a folder that holds all is the zip's own."""
    paths = [header.get("path") for header, _ in guard.ask("list", readable)]
    inside = [path for path in paths if isinstance(path, str) and not leads_out(path)]
    return labels_below(inside, above=zipped.label, has_wrapper=True)


def _files(guard: Guard, zipped: Upload, readable: bytes | BinaryIO) -> Iterator[ProgressItem]:
    labels = _labels(guard, zipped, readable)
    file = _Unpacked()
    for header, piece in guard.ask("unpack", readable):
        file.add(piece)
        if not piece:
            position, item = _item_of(zipped, header, content=file.content())
            file = _Unpacked()
            if isinstance(item, Upload):
                inside = folder_key(PurePosixPath(header["path"]).parent)
                item = replace(item, label=labels.get(inside, zipped.label))
            yield position, item


class _Unpacked:
    """The pieces of one file: in memory if it has one, else on the disk, in no folder."""

    def __init__(self) -> None:
        self._first = b""
        self._file: BinaryIO | None = None
        self._n_bytes = 0

    def add(self, piece: bytearray) -> None:
        """Write the next piece down; what is too large is let pass by.

        Raises:
            OSError: the disk refuses.
        """
        if self._n_bytes > LIMITS.file_bytes:
            return
        self._n_bytes += len(piece)
        if self._file is None and not self._first:
            self._first = bytes(piece)
        elif piece:
            self._file = self._file or _begun_with(self._first)
            self._file.write(piece)

    def content(self) -> bytes | BinaryIO:
        """What came."""
        if self._file is None:
            return self._first
        self._file.flush()
        return self._file


def _begun_with(content: bytes) -> BinaryIO:
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 (it lives until it is read)
    file.write(content)
    return file


def _item_of(zipped: Upload, header: Header, *, content: bytes | BinaryIO) -> ProgressItem:
    try:
        path, position = PurePosixPath(header["path"]), min(max(float(header["position"]), 0), 1)
        is_outside = leads_out(header["path"])
        upload = Upload(path.name, content)
        rule = header["rule"] or _broken_rule(upload, is_outside=is_outside)
        if rule:
            refusal_message(rule, {})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise unreadable("decoder-crashed") from error  # an honest child sends no such thing
    folder = zipped.folder if is_outside else _folder(PurePosixPath(zipped.folder, path))
    if rule:
        return position, Refusal(path.name, folder, rule)
    return position, replace(upload, folder=folder)


def _broken_rule(upload: Upload, *, is_outside: bool) -> str:
    if is_outside:
        return "unsafe-path"
    with upload.open() as file:
        return "nested-zip" if is_zip(file.read(4)) else ""


def _folder(path: PurePosixPath) -> str:
    return "" if path.parent == PurePosixPath() else str(path.parent)
