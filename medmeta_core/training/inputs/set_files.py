"""Which files a training set holds, of what condition, and of whom."""

import csv
from dataclasses import dataclass
from pathlib import Path

from medmeta_core.imaging import labels_below
from medmeta_core.imaging.names import is_ignored
from medmeta_core.training.recipe import BaseSet, RecipeError

WHOLE_SET = "all"
"""The one condition of a set that has none."""

MANIFEST = "manifest.csv"


@dataclass(frozen=True)
class SetFile:
    """A picture's file; `patient` is None where not known."""

    path: Path
    condition: str
    patient: str | None = None


def set_files(root: Path, base_set: BaseSet) -> list[SetFile]:
    """The files of a set below `root`, without the conditions held out.

    By its manifest.csv where it has one, else by its sub-folders.

    Raises:
        RecipeError: no such folder, or a manifest without a column or file that it needs.
    """
    folder = root / base_set.folder
    if not folder.is_dir():
        raise RecipeError(f"There is no folder {folder}.", rule="no-folder")
    manifest = folder / MANIFEST
    found = _by_manifest(manifest, base_set) if manifest.exists() else _by_folder(folder, base_set)
    conditions = {file.condition for file in found}
    unknown = sorted({*base_set.without, *base_set.validation} - conditions)
    if unknown:
        raise RecipeError(
            f"{folder.name} has no condition {', '.join(unknown)}; "
            f"found: {', '.join(sorted(conditions))}.",
            rule="recipe",
        )
    return [file for file in found if file.condition not in base_set.without]


def _by_folder(folder: Path, base_set: BaseSet) -> list[SetFile]:
    """Every file of a sub-folder; the innermost folder's name is the condition."""
    if base_set.group:
        raise RecipeError(
            f"group = {base_set.group!r} needs a {MANIFEST} in {folder.name}.", rule="recipe"
        )
    inside = folder / "images" if not base_set.column and (folder / "images").is_dir() else folder
    paths = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(path for path in inside.rglob("*") if path.is_file())
    }
    labels = labels_below(paths)
    kept = [
        (path, labels[_folder_of(place)]) for place, path in paths.items() if not is_ignored(place)
    ]
    if not base_set.column:
        return [SetFile(path, WHOLE_SET) for path, _ in kept]
    return [
        SetFile(path, label.condition, label.patient) for path, label in kept if label.condition
    ]


def _folder_of(place: str) -> str:
    return place.rpartition("/")[0]


def _by_manifest(manifest: Path, base_set: BaseSet) -> list[SetFile]:
    with manifest.open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    columns = set(rows[0]) if rows else set()
    missing = {name for name in (base_set.column, base_set.group) if name} - columns
    if missing or not columns & {"file", "image"}:
        raise RecipeError(
            f"{manifest.parent.name}/{MANIFEST} needs the columns "
            f"{', '.join(sorted({'file', *missing}))}; found: {', '.join(sorted(columns))}.",
            rule="recipe",
        )
    return [
        SetFile(
            manifest.parent / (row.get("file") or row["image"]),
            row[base_set.column] if base_set.column else WHOLE_SET,
            (row[base_set.group] or None) if base_set.group else None,
        )
        for row in rows
    ]
