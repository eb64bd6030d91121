"""The files of a folder with what folders and manifest say of each: one reader for examples."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from medmeta_core.errors import MedMetaError, SupportSetError
from medmeta_core.imaging.image import MedicalImage
from medmeta_core.imaging.manifest import MANIFEST, Manifest, Row, file_key
from medmeta_core.imaging.reading import read_folder
from medmeta_core.imaging.upload import ReadItem, Refusal, refusal_for_folder
from medmeta_core.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class LabelledFile:
    """A file of a folder.

    Attributes:
        path: below the folder, with slashes, as the disk spells it.
        images: (n,) its pictures; none where nobody names a condition, and of outlines that the
            manifest lists.
        rows: (n,) condition and patient of each picture.
        refusal: why it was not read; None also for files beside the conditions.
        is_cleaned: whether spaces or unseen characters were left out of the condition's name.
    """

    path: str
    images: tuple[MedicalImage, ...] = ()
    rows: tuple[Row, ...] = ()
    refusal: Refusal | None = None
    is_cleaned: bool = False

    @property
    def key(self) -> str:
        """The path as manifests and disks agree on it."""
        return file_key(self.path)

    @property
    def cleaned_names(self) -> set[str]:
        """The conditions from whose names something was left out."""
        return {row.condition for row in self.rows} if self.is_cleaned else set()


def check_folder(folder: Path) -> None:
    """See that a folder of examples is one.

    Raises:
        MedMetaError: it does not exist, or is a file.
    """
    if not folder.is_dir():
        raise MedMetaError("file-no-folder" if folder.exists() else "no-folder", path=str(folder))


def check_conditions(folder: Path, conditions: Iterable[str]) -> None:
    """See that there is something to tell apart.

    Raises:
        SupportSetError: fewer than two conditions have an image that can be read.
    """
    if (n := len(set(conditions))) < 2:
        raise SupportSetError("two-folders", folder=folder.resolve().name, found=n)


def labelled_files(
    folder: Path, manifest: Manifest, *, progress: Progress = silent
) -> Iterator[LabelledFile]:
    """Every file of a folder in the order of the names.

    The manifest says condition and patient of the files that it lists. Of others the folders do
    (`FolderLabel`); where they name no patient, the image itself may (DICOM).

    Raises:
        UnreadableImageError: there is no such folder.
    """
    for item in read_folder(folder, progress=progress):
        path = (Path(item.folder) / item.name).as_posix()
        if isinstance(item, Refusal):
            is_an_example = item.name != MANIFEST and bool(item.folder)
            yield LabelledFile(path, refusal=item if is_an_example else None)
        elif file_key(path) in manifest.masks:
            yield LabelledFile(path)
        else:
            listed = manifest.rows.get(file_key(path))
            is_cleaned = listed.condition in manifest.cleaned if listed else item.label.is_cleaned
            yield replace(_labelled(path, item, listed), is_cleaned=is_cleaned)


def _labelled(path: str, item: ReadItem, listed: Row | None) -> LabelledFile:
    condition = item.label.condition if listed is None else listed.condition
    if not condition:
        return LabelledFile(path, refusal=refusal_for_folder(item) if listed is None else None)
    patient = (listed and listed.patient) or item.label.patient
    rows = tuple(Row(condition, patient or image.patient_key) for image in item.images)
    return LabelledFile(path, item.images, rows)
