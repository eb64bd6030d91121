"""`manifest.csv` of a set: which condition and which patient a file is of."""

import csv
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from medmeta_core.errors import MedMetaError
from medmeta_core.imaging import clean_name

MANIFEST = "manifest.csv"


class Row(NamedTuple):
    """What a manifest says of a file; an empty condition says that nobody has named one."""

    condition: str
    patient: str | None


@dataclass(frozen=True)
class Manifest:
    """What manifest.csv says.

    Attributes:
        rows: by `file_key` of the file.
        masks: files that are outlines of others, no pictures to be judged.
    """

    rows: dict[str, Row]
    masks: frozenset[str] = frozenset()


def read_manifest(folder: Path, group: str | None) -> Manifest:
    """The manifest of a folder; empty where there is none.

    The columns are `file` (or `image`), `cls`, and `group` where patients are asked for.

    Raises:
        MedMetaError: `group` is asked for and the manifest or the column is missing.
    """
    path = folder / MANIFEST
    if not path.exists():
        if group is not None:
            raise MedMetaError(f"--group {group} needs a {MANIFEST}; none found.", rule="manifest")
        return Manifest({})
    rows = manifest_rows(folder)
    columns = set(rows[0]) if rows else set()
    file = "image" if "image" in columns and "file" not in columns else "file"
    missing = {file, "cls", *([group] if group else [])} - columns
    if missing:
        raise MedMetaError(
            f"{MANIFEST} lacks the column {', '.join(sorted(missing))}; "
            f"found: {', '.join(sorted(columns))}.",
            rule="manifest",
        )
    told = {
        file_key(row[file]): Row(clean_name(row["cls"]), (row[group] or None) if group else None)
        for row in rows
    }
    return Manifest(told, frozenset(file_key(row["mask"]) for row in rows if row.get("mask")))


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
