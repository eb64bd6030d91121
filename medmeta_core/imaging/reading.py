"""Uploads and folders → images and refusals, in the order of what came."""

from collections.abc import Iterable, Iterator, Sized
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Literal

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging.archive import is_zip
from medmeta_core.imaging.frame import develop
from medmeta_core.imaging.guard.answers import frame_of
from medmeta_core.imaging.guard.guard import NURSERY, Guard
from medmeta_core.imaging.image import MedicalImage
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.names import is_ignored
from medmeta_core.imaging.refusals import unreadable
from medmeta_core.imaging.unpacking import Found, unpacked
from medmeta_core.imaging.upload import ReadItem, Refusal, Upload
from medmeta_core.progress import Progress, silent

Frames = Literal["middle", "all"]


def prepare_reading() -> None:
    """Load the decoders beside this process, so that the first file need not wait for them."""
    NURSERY.start()


def read_image(data: bytes, *, frame: int | None = None) -> MedicalImage:
    """The picture in `data`; of several frames, `frame` (from 0) or the middle one.

    Raises:
        UnreadableImageError: the bytes break a rule; `rule` is one of `RULES`.
    """
    with Guard() as guard:
        return _images(guard, data, frames="middle" if frame is None else frame, key=b"")[0]


def read_uploads(
    uploads: Iterable[Upload],
    *,
    frames: Frames = "middle",
    key: bytes = b"",
    progress: Progress = silent,
) -> Iterator[ReadItem | Refusal]:
    """What was read or refused, in the order of `uploads`; a refusal never stops the rest.

    A zip is taken apart; a folder within it is a condition. What operating systems leave
    behind is passed over.

    Args:
        frames: of a file with several: the middle one, or all.
        key: secret under which `patient_key` is computed.
        progress: hears of each file before it is read.
    """
    n = len(uploads) if isinstance(uploads, Sized) else 0
    found = ((i / n if n else 0.0, upload) for i, upload in enumerate(uploads))
    yield from _read_all(_taken_apart(found, n), frames=frames, key=key, progress=progress)


def read_folder(
    folder: Path,
    *,
    frames: Frames = "middle",
    key: bytes = b"",
    progress: Progress = silent,
) -> Iterator[ReadItem | Refusal]:
    """What was read or refused in a folder and below, in the order of the names.

    A sub-folder is a condition: the `folder` of what comes out is the path below `folder`.

    Raises:
        UnreadableImageError: there is no such folder.
    """
    if not folder.is_dir():
        raise unreadable("no-such-folder")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    found = ((i / len(paths), _from_disk(path, folder)) for i, path in enumerate(paths))
    yield from _read_all(_taken_apart(found, len(paths)), frames=frames, key=key, progress=progress)


def _from_disk(path: Path, folder: Path) -> Upload | Refusal:
    place = path.parent.relative_to(folder).as_posix()
    place = "" if place == "." else place
    try:
        if path.stat().st_size <= LIMITS.zip_bytes:
            return Upload(path.name, path.read_bytes(), place)
        error = unreadable("too-many-bytes", limit=LIMITS.zip_bytes >> 20)
    except OSError:
        error = unreadable("unreadable-file")
    return _refusal(path.name, place, error=error)


def _taken_apart(found: Iterable[Found], n: int) -> Iterator[Found]:
    """The same with the files of each zip in its place, and without what is passed over."""
    for fraction, item in found:
        if is_ignored(f"{item.folder}/{item.name}"):
            continue
        if isinstance(item, Upload) and is_zip(item.content[:4]):
            for position, inner in unpacked(item):
                yield fraction + position / max(n, 1), inner
        else:
            yield fraction, item


def _read_all(
    found: Iterable[Found], *, frames: Frames, key: bytes, progress: Progress
) -> Iterator[ReadItem | Refusal]:
    with Guard() as guard:
        for fraction, item in found:
            progress(fraction, item.name)
            yield item if isinstance(item, Refusal) else _read(guard, item, frames=frames, key=key)
    progress(1.0, "")


def _read(guard: Guard, upload: Upload, *, frames: Frames, key: bytes) -> ReadItem | Refusal:
    try:
        images = _images(guard, upload.content, frames=frames, key=key)
    except UnreadableImageError as error:
        return _refusal(upload.name, upload.folder, error=error)
    return ReadItem(upload.name, upload.folder, images)


def _refusal(name: str, folder: str, *, error: UnreadableImageError) -> Refusal:
    return Refusal(name, folder, error.rule, str(error))


def _images(
    guard: Guard, content: bytes, *, frames: int | str, key: bytes
) -> tuple[MedicalImage, ...]:
    if len(content) > LIMITS.file_bytes:
        raise unreadable("too-many-bytes", limit=LIMITS.file_bytes >> 20)
    digest = sha256(content).hexdigest()
    decoded = (frame_of(*answer) for answer in guard.ask("read", content, frames=frames))
    return tuple(
        develop(one, source_digest=digest, patient_key=_patient_key(one.patient, key))
        for one in decoded
    )


def _patient_key(digest: str | None, key: bytes) -> str | None:
    """Equal for images of one patient under one key; without the key it cannot be guessed."""
    if digest is None:
        return None
    return blake2b(bytes.fromhex(digest), key=key[:64], digest_size=16).hexdigest()
