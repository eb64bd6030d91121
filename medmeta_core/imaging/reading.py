"""Uploads and folders → images and refusals, in the order of what came."""

from collections.abc import Iterable, Iterator, Sized
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Literal

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging.answers import frame_of
from medmeta_core.imaging.frame import develop
from medmeta_core.imaging.guard import Guard
from medmeta_core.imaging.image import MedicalImage
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import unreadable
from medmeta_core.imaging.upload import ReadItem, Refusal, Upload
from medmeta_core.progress import Progress, silent

Frames = Literal["middle", "all"]


def read_image(data: bytes, *, frame: int | None = None) -> MedicalImage:
    """The picture in `data`; of several frames, `frame` (from 0) or the middle one.

    Raises:
        UnreadableImageError: the bytes break a rule; `rule` is one of `RULES`.
    """
    with Guard() as guard:
        return _images(guard, data, "middle" if frame is None else frame, b"")[0]


def _images(guard: Guard, content: bytes, frames: int | str, key: bytes) -> list[MedicalImage]:
    if len(content) > LIMITS.file_bytes:
        raise unreadable("too-many-bytes", limit=LIMITS.file_bytes >> 20)
    digest = sha256(content).hexdigest()
    found = [frame_of(*answer) for answer in guard.ask("read", content, frames=frames)]
    return [
        develop(one, source_digest=digest, patient_key=_patient_key(one.patient, key))
        for one in found
    ]


def _patient_key(patient: str | None, key: bytes) -> str | None:
    if patient is None:
        return None
    return blake2b(bytes.fromhex(patient), key=key, digest_size=16).hexdigest()


def read_uploads(
    uploads: Iterable[Upload],
    *,
    frames: Frames = "middle",
    key: bytes = b"",
    progress: Progress = silent,
) -> Iterator[ReadItem | Refusal]:
    """What was read or refused, in the order of `uploads`; a refusal never stops the rest."""
    n = len(uploads) if isinstance(uploads, Sized) else 0
    with Guard() as guard:
        for i, upload in enumerate(uploads):
            progress(i / n if n else 0.0, upload.name)
            try:
                images = _images(guard, upload.content, frames, key)
            except UnreadableImageError as error:
                yield Refusal(upload.name, upload.folder, error.rule, str(error))
            else:
                yield ReadItem(upload.name, upload.folder, tuple(images))
    progress(1.0, "")


def read_folder(
    folder: Path,
    *,
    frames: Frames = "middle",
    key: bytes = b"",
    progress: Progress = silent,
) -> Iterator[ReadItem | Refusal]:
    """What was read or refused in a folder and below; a sub-folder is a condition."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    uploads = (
        Upload(
            p.name,
            p.read_bytes(),
            "" if p.parent == folder else p.parent.relative_to(folder).as_posix(),
        )
        for p in paths
    )
    yield from read_uploads(uploads, frames=frames, key=key, progress=progress)
