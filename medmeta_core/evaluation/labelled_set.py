"""`LabelledSet`: a folder of folders, read for evaluation."""

import csv
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.episodes import MODEL_SIDE, SupportSet
from medmeta_core.episodes.pixels import as_model_pixels
from medmeta_core.errors import MedMetaError, SupportSetError
from medmeta_core.imaging import MedicalImage, Refusal, read_folder
from medmeta_core.progress import Progress, silent

MANIFEST = "manifest.csv"


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """Images with their conditions and patients.

    Attributes:
        pixels: (n, 3, side, side) uint8, at the side the backbone reads.
        labels: (n,).
        conditions: names.
        groups: (n,) patients, None where not known.
        refusals: files that could not be read.
    """

    pixels: Tensor
    labels: Tensor
    conditions: tuple[str, ...]
    groups: tuple[str | None, ...]
    refusals: tuple[Refusal, ...]

    def support(self, positions: Tensor, labels: Tensor, conditions: Tensor) -> SupportSet:
        """The images at `positions` (n,) as examples of the conditions drawn."""
        names = tuple(self.conditions[int(k)] for k in conditions)
        groups = tuple(self.groups[int(i)] for i in positions)
        return SupportSet(self.images(positions), labels, names, groups if any(groups) else ())

    def images(self, positions: Tensor) -> Tensor:
        """Pixels (n, 3, side, side) in [0, 1] at `positions` (n,)."""
        return self.pixels[positions].float() / 255


def read_labelled_set(
    folder: Path, *, side: int, group: str | None = None, progress: Progress = silent
) -> LabelledSet:
    """Every image of a folder in which each sub-folder is a condition.

    Args:
        group: the column of manifest.csv that names the patient; None uses no patients.

    Raises:
        MedMetaError: no such folder, or no manifest.csv or no such column where `group` is given.
        SupportSetError: fewer than two conditions.
    """
    if not folder.is_dir():
        raise MedMetaError(f"There is no folder {folder}.", rule="no-folder")
    manifest = read_manifest(folder, group)
    pixels, names, groups, refusals = [], list[str](), list[str | None](), list[Refusal]()
    for item in read_folder(folder, progress=progress):
        if isinstance(item, Refusal):
            refusals += [item] if item.name != MANIFEST and item.folder else []
            continue
        place = (Path(item.folder) / item.name).as_posix()
        condition, patient = manifest.get(place, (Path(item.folder).name, None))
        for image in item.images if condition else ():
            pixels.append(at_side(image, side))
            names.append(condition)
            groups.append(patient)
    conditions = tuple(sorted(set(names)))
    if len(conditions) < 2:
        raise SupportSetError(
            f"{folder.name} needs two or more sub-folders with images, found {len(conditions)}.",
            rule="two-conditions",
        )
    labels = torch.tensor([conditions.index(name) for name in names])
    return LabelledSet(torch.stack(pixels), labels, conditions, tuple(groups), tuple(refusals))


def at_side(image: MedicalImage, side: int) -> Tensor:
    """Pixels (3, side, side) uint8, by the same two steps as a backbone takes at the dashboard."""
    pixels = as_model_pixels(image, MODEL_SIDE)[None]
    resized = F.interpolate(pixels, (side, side), mode="bilinear", antialias=True)[0]
    return (resized * 255).round().to(torch.uint8)


def read_manifest(folder: Path, group: str | None) -> dict[str, tuple[str, str | None]]:
    """{file: (condition, patient)} of manifest.csv; empty where there is none.

    Raises:
        MedMetaError: `group` is asked for and the manifest or the column is missing.
    """
    path = folder / MANIFEST
    if not path.exists():
        if group is not None:
            raise MedMetaError(f"--group {group} needs a {MANIFEST}; none found.", rule="manifest")
        return {}
    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    columns = set(rows[0]) if rows else set()
    missing = {"file", "cls", *([group] if group else [])} - columns
    if missing:
        raise MedMetaError(
            f"{MANIFEST} lacks the column {', '.join(sorted(missing))}; "
            f"found: {', '.join(sorted(columns))}.",
            rule="manifest",
        )
    return {row["file"]: (row["cls"], (row[group] or None) if group else None) for row in rows}
