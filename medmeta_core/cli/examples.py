"""Examples and new images as the command line gives them: folders and files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from medmeta_core.episodes import SupportSet
from medmeta_core.errors import MedMetaError
from medmeta_core.imaging import (
    MedicalImage,
    ReadItem,
    Refusal,
    Upload,
    read_folder,
    read_uploads,
)
from medmeta_core.progress import Progress


@dataclass(frozen=True, eq=False)
class Examples:
    """The examples of a folder in which each sub-folder is a condition.

    Attributes:
        support: ready to adapt to.
        images, names: (n,) in the order of the support set; a name is "condition/file".
        refusals: files that could not be read.
    """

    support: SupportSet
    images: tuple[MedicalImage, ...]
    names: tuple[str, ...]
    refusals: tuple[Refusal, ...]


def read_examples(folder: Path, progress: Progress) -> Examples:
    """Read `folder`.

    Raises:
        MedMetaError: there is no such folder.
        SupportSetError: fewer than two conditions hold a readable image.
    """
    if not folder.is_dir():
        raise MedMetaError(f"There is no folder {folder}.", rule="no-folder")
    by_condition: dict[str, list[tuple[str, MedicalImage]]] = {}
    refusals = []
    for item in read_folder(folder, progress=progress):
        if isinstance(item, Refusal):
            refusals += [item] if item.folder else []  # files beside the conditions
            continue
        condition = Path(item.folder).name
        for image in item.images if condition else ():
            by_condition.setdefault(condition, []).append((f"{condition}/{item.name}", image))
    support = SupportSet.from_images(
        {condition: [image for _, image in pairs] for condition, pairs in by_condition.items()}
    )
    pairs = [pair for listed in by_condition.values() for pair in listed]
    return Examples(
        support,
        tuple(image for _, image in pairs),
        tuple(name for name, _ in pairs),
        tuple(refusals),
    )


def read_files(files: Sequence[Path], progress: Progress) -> list[tuple[Path, ReadItem | Refusal]]:
    """Each file with its images, or why it was refused, in the order given.

    Raises:
        MedMetaError: a file cannot be opened.
    """
    answers: list[tuple[Path, ReadItem | Refusal]] = []
    for done, file in enumerate(files):
        progress(done / len(files), file.name)
        try:
            upload = Upload(file.name, file.read_bytes())
        except OSError as error:
            raise MedMetaError(
                f"{file} cannot be opened: {error.strerror}.", rule="no-file"
            ) from error
        answers += [(file, item) for item in read_uploads([upload])]
    return answers
