"""Uploads and folders → images and refusals, in the order of what came."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeVar

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging.folder_labels import NO_LABEL, Labels, labels_below
from medmeta_core.imaging.frame import to_image
from medmeta_core.imaging.guard.guard import CHILDREN, Guard
from medmeta_core.imaging.guard.responses import frame_of, keyed, storable_of
from medmeta_core.imaging.image import MedicalImage
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.names import is_ignored
from medmeta_core.imaging.refusals import unreadable
from medmeta_core.imaging.stored_form import THUMBNAIL_SIDE, StorableImage
from medmeta_core.imaging.unpacking import ProgressItem, unpacked
from medmeta_core.imaging.upload import ReadItem, Refusal, StorableItem, Upload
from medmeta_core.imaging.zip_archive import is_zip
from medmeta_core.progress import Progress, silent

Frames = Literal["middle", "all"]

Item = TypeVar("Item", ReadItem, StorableItem)


def prepare_reading() -> None:
    """Load the decoders beside this process, so that the first file need not wait for them."""
    CHILDREN.start()


def read_image(data: bytes | Path, *, frame: int | None = None) -> MedicalImage:
    """The picture in bytes or in a file; of several frames, `frame` (from 0) or the middle one.

    Raises:
        UnreadableImageError: the bytes break a rule; `rule` is one of `RULES`.
    """
    with Guard() as guard:
        frames = "middle" if frame is None else frame
        return _images(guard, Upload("", data), frames=frames, key=b"")[0]


def read_uploads(
    uploads: Iterable[Upload],
    *,
    frames: Frames = "middle",
    key: bytes = b"",
    progress: Progress = silent,
) -> Iterator[ReadItem | Refusal]:
    """What was read or refused, in the order of `uploads`; a refusal never stops the rest.

    A zip is taken apart. What operating systems leave behind is passed over. The folders of all
    uploads together say what each file is of, as those of a zip do (`labels_below`).

    Args:
        frames: of a file with several: the middle one, or all.
        key: secret under which `patient_key` is computed.
        progress: called before each file is read.
    """
    yield from _read_all(_all_of(uploads), _reader(frames, key), progress=progress)


def read_storable(
    uploads: Iterable[Upload],
    *,
    frames: Frames = "middle",
    key: bytes = b"",
    progress: Progress = silent,
) -> Iterator[StorableItem | Refusal]:
    """As `read_uploads`, with images in the form that a store keeps.

    Frames are decoded, encoded and made small in the child: whatever their size, this process
    holds the stored bytes of one file at a time.
    """

    def read(guard: Guard, upload: Upload) -> StorableItem:
        images = _storable(guard, upload, frames=frames, key=key)
        return StorableItem(upload.name, upload.folder, images, upload.label)

    yield from _read_all(_all_of(uploads), read, progress=progress)


def read_folder(
    folder: Path,
    *,
    frames: Frames = "middle",
    key: bytes = b"",
    progress: Progress = silent,
) -> Iterator[ReadItem | Refusal]:
    """What was read or refused in a folder and below, in the order of the names.

    The `folder` of what comes out is the path below `folder`; its first part is the condition.

    Raises:
        UnreadableImageError: there is no such folder.
    """
    if not folder.is_dir():
        raise unreadable("no-such-folder")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    labels = labels_below(path.relative_to(folder).as_posix() for path in paths)
    files = ((i / len(paths), _from_disk(path, folder, labels)) for i, path in enumerate(paths))
    items = _taken_apart(files, len(paths))
    yield from _read_all(items, _reader(frames, key), progress=progress)


def _all_of(uploads: Iterable[Upload]) -> Iterator[ProgressItem]:
    """The uploads with their labels, zips taken apart."""
    files = list(uploads)
    n = len(files)
    paths = [f"{one.folder}/{one.name}" if one.folder else one.name for one in files]
    labels = labels_below(paths, has_wrapper=True)
    items: Iterator[ProgressItem] = (
        (i / n, replace(upload, label=labels.get(upload.folder, upload.label)))
        for i, upload in enumerate(files)
    )
    return _taken_apart(items, n)


def _reader(frames: Frames, key: bytes) -> Callable[[Guard, Upload], ReadItem]:
    def read(guard: Guard, upload: Upload) -> ReadItem:
        images = _images(guard, upload, frames=frames, key=key)
        return ReadItem(upload.name, upload.folder, images, upload.label)

    return read


def _from_disk(path: Path, folder: Path, labels: Labels) -> Upload | Refusal:
    place = path.parent.relative_to(folder).as_posix()
    place = "" if place == "." else place
    try:
        if path.stat().st_size <= LIMITS.zip_bytes:
            return Upload(path.name, path, place, labels.get(place, NO_LABEL))
        error = unreadable("too-many-bytes", limit=LIMITS.zip_bytes >> 20)
    except OSError:
        error = unreadable("unreadable-file")
    return _refusal(path.name, place, error=error)


def _taken_apart(items: Iterable[ProgressItem], n: int) -> Iterator[ProgressItem]:
    """The same with the files of each zip in its place, and without what is passed over."""
    for fraction, item in items:
        if is_ignored(f"{item.folder}/{item.name}"):
            continue
        if isinstance(item, Upload) and _is_zip(item):
            for position, inner in unpacked(item):
                yield fraction + position / max(n, 1), inner
        else:
            yield fraction, item


def _is_zip(upload: Upload) -> bool:
    try:
        with upload.open() as file:
            return is_zip(file.read(4))
    except OSError:
        return False  # told when it is read


def _read_all(
    items: Iterable[ProgressItem], read: Callable[[Guard, Upload], Item], *, progress: Progress
) -> Iterator[Item | Refusal]:
    with Guard() as guard:
        for fraction, item in items:
            progress(fraction, item.name)
            yield item if isinstance(item, Refusal) else _read(guard, item, read)
    progress(1.0, "")


def _read(guard: Guard, upload: Upload, read: Callable[[Guard, Upload], Item]) -> Item | Refusal:
    try:
        return read(guard, upload)
    except UnreadableImageError as error:
        return _refusal(upload.name, upload.folder, error=error)


def _refusal(name: str, folder: str, *, error: UnreadableImageError) -> Refusal:
    return Refusal(name, folder, error.rule, error.facts)


def _images(
    guard: Guard, upload: Upload, *, frames: int | str, key: bytes
) -> tuple[MedicalImage, ...]:
    digest = _checked_digest(upload)
    with upload.readable() as content:
        decoded = (frame_of(*answer) for answer in guard.ask("read", content, frames=frames))
        return tuple(
            to_image(one, source_digest=digest, patient_key=keyed(one.patient, key))
            for one in decoded
        )


def _storable(
    guard: Guard, upload: Upload, *, frames: int | str, key: bytes
) -> tuple[StorableImage, ...]:
    digest = _checked_digest(upload)
    with upload.readable() as content:
        answers = guard.ask(
            "store", content, frames=frames, source=digest, thumbnail_side=THUMBNAIL_SIDE
        )
        return tuple(storable_of(*answer, source=digest, key=key) for answer in answers)


def _checked_digest(upload: Upload) -> str:
    """sha256 of a file that is not too large.

    Raises:
        UnreadableImageError: it is, or it cannot be read.
    """
    try:
        if upload.n_bytes > LIMITS.file_bytes:
            raise unreadable("too-many-bytes", limit=LIMITS.file_bytes >> 20)
        return upload.digest()
    except OSError as error:
        raise unreadable("unreadable-file") from error
