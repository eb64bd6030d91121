"""The files of a training set with their conditions and patients."""

from dataclasses import dataclass
from pathlib import Path

from medmeta_core.errors import MedMetaError
from medmeta_core.imaging import labels_below
from medmeta_core.imaging.manifest import MANIFEST, WHOLE_SET, file_key, read_manifest
from medmeta_core.imaging.names import is_ignored
from medmeta_core.training.recipe import BaseSet, RecipeError


@dataclass(frozen=True)
class SetFile:
    """A picture's file; `patient` is None where not known."""

    path: Path
    condition: str
    patient: str | None = None


@dataclass(frozen=True)
class SetFiles:
    """The files of a set.

    Attributes:
        n_without_condition: files that the manifest lists without a condition; they are left out.
    """

    files: tuple[SetFile, ...]
    n_without_condition: int = 0


def set_files(root: Path, base_set: BaseSet) -> SetFiles:
    """The files of a set below `root`, without the conditions held out.

    By its manifest.csv where it has one, else by its sub-folders.

    Raises:
        RecipeError: no such folder, or a manifest without a column or file that it needs.
    """
    folder = root / base_set.folder
    if not folder.is_dir():
        raise RecipeError("no-folder", path=str(folder))
    has_manifest = (folder / MANIFEST).exists()
    listing = _by_manifest(folder, base_set) if has_manifest else _by_folder(folder, base_set)
    conditions = {file.condition for file in listing.files}
    unknown = sorted({*base_set.without, *base_set.validation} - conditions)
    if unknown:
        missing, available = ", ".join(unknown), ", ".join(sorted(conditions))
        raise RecipeError("recipe-conditions", folder=folder.name, unknown=missing, found=available)
    files = tuple(file for file in listing.files if file.condition not in base_set.without)
    return SetFiles(files, listing.n_without_condition)


def _by_folder(folder: Path, base_set: BaseSet) -> SetFiles:
    """Every file of a sub-folder; the innermost folder's name is the condition."""
    if base_set.group:
        raise RecipeError("recipe-group", group=base_set.group, file=MANIFEST, folder=folder.name)
    inside = folder / "images" if not base_set.column and (folder / "images").is_dir() else folder
    paths = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(path for path in inside.rglob("*") if path.is_file())
    }
    labels = labels_below(paths)
    labelled = [
        (path, labels[_folder_of(place)]) for place, path in paths.items() if not is_ignored(place)
    ]
    if not base_set.column:
        return SetFiles(tuple(SetFile(path, WHOLE_SET) for path, _ in labelled))
    return SetFiles(
        tuple(
            SetFile(path, label.condition, label.patient)
            for path, label in labelled
            if label.condition
        )
    )


def _folder_of(place: str) -> str:
    return place.rpartition("/")[0]


def _by_manifest(folder: Path, base_set: BaseSet) -> SetFiles:
    """The files that the manifest lists with a condition."""
    try:
        manifest = read_manifest(folder, condition=base_set.column, patient=base_set.group)
    except MedMetaError as error:
        raise RecipeError(error.rule, **error.facts) from error
    listed = [(folder / file, manifest.rows[file_key(file)]) for file in manifest.files]
    files = [SetFile(path, row.condition, row.patient) for path, row in listed if row.condition]
    return SetFiles(tuple(files), len(manifest.without_condition))
