"""`manifest.csv` of a set: which condition and which patient a file is of."""

import csv
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from medmeta_core.errors import MedMetaError
from medmeta_core.imaging.names import clean_name, is_cleaned

MANIFEST = "manifest.csv"

WHOLE_SET = "all"
"""The one condition of a set that has none."""


class Row(NamedTuple):
    """What a manifest says of a file; an empty condition says that nobody has named one."""

    condition: str
    patient: str | None


@dataclass(frozen=True)
class Manifest:
    """What manifest.csv says.

    Attributes:
        rows: by `file_key` of the file.
        files: the same files as the manifest spells them, in its order.
        masks: files that are outlines of others, no pictures to be classified.
        cleaned: conditions of whose names spaces or unseen characters were left out.
    """

    rows: dict[str, Row]
    files: tuple[str, ...] = ()
    masks: frozenset[str] = frozenset()
    cleaned: frozenset[str] = frozenset()

    @property
    def without_condition(self) -> tuple[str, ...]:
        """The files for which nobody has named a condition; every reader leaves them out."""
        return tuple(sorted(key for key, row in self.rows.items() if not row.condition))


def read_manifest(folder: Path, *, condition: str = "cls", patient: str = "") -> Manifest:
    """The manifest of a folder; empty where there is none.

    Args:
        condition, patient: the columns that name them. Without a column for the condition all
            files have the condition `WHOLE_SET`, without one for the patient none is known.

    Raises:
        MedMetaError: the manifest or a column is missing.
    """
    path = folder / MANIFEST
    if not path.exists():
        if patient:
            raise MedMetaError("manifest", column=patient, folder=folder.name, file=MANIFEST)
        return Manifest({})
    rows = manifest_rows(folder)
    columns = set(rows[0]) if rows else set()
    file = "image" if "image" in columns and "file" not in columns else "file"
    missing = {name for name in (file, condition, patient) if name} - columns
    if missing:
        raise MedMetaError(
            "manifest-columns",
            folder=folder.name,
            file=MANIFEST,
            missing=", ".join(sorted(missing)),
            found=", ".join(sorted(columns)),
        )
    rows_by_file = {
        file_key(row[file]): Row(
            clean_name(row[condition] or "") if condition else WHOLE_SET,
            (row[patient] or None) if patient else None,
        )
        for row in rows
    }
    masks = frozenset(file_key(row["mask"]) for row in rows if row.get("mask"))
    named = [row[condition] or "" for row in rows] if condition else []
    cleaned = frozenset(clean_name(name) for name in named if is_cleaned(name))
    return Manifest(rows_by_file, tuple(row[file] for row in rows), masks, cleaned - {""})


def file_key(path: str) -> str:
    """A path below the folder as manifests and disks agree on it: in Unicode's composed form."""
    return unicodedata.normalize("NFC", path)


def manifest_rows(folder: Path) -> list[dict[str, str]]:
    """The lines of manifest.csv by column; none where there is no such file."""
    path = folder / MANIFEST
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))
