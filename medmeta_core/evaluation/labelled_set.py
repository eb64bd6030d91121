"""`LabelledSet`: a folder of folders, read for evaluation."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.episodes import MODEL_SIDE, SupportSet
from medmeta_core.episodes.pixels import as_model_pixels
from medmeta_core.errors import MedMetaError, SupportSetError
from medmeta_core.evaluation.manifest import MANIFEST, Row, read_manifest
from medmeta_core.imaging import MedicalImage, Refusal, read_folder
from medmeta_core.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """Images with their conditions and patients.

    Attributes:
        pixels: (n, 3, side, side) uint8; or whatever the backbone at hand reads in their place.
        labels: (n,).
        conditions: names.
        groups: (n,) patients, None where not known.
        refusals: files that could not be read.
        without_condition: files that the manifest lists without a condition; not in the set.
        absent: files that the manifest lists and that are not there.
        unlisted: files that it does not list; their folder says the condition.
    """

    pixels: Tensor
    labels: Tensor
    conditions: tuple[str, ...]
    groups: tuple[str | None, ...]
    refusals: tuple[Refusal, ...]
    without_condition: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()

    def support(self, positions: Tensor, labels: Tensor, conditions: Tensor) -> SupportSet:
        """The images at `positions` (n,) as examples of the conditions drawn."""
        names = tuple(self.conditions[int(k)] for k in conditions)
        groups = tuple(self.groups[int(i)] for i in positions)
        return SupportSet(self.images(positions), labels, names, groups if any(groups) else ())

    def images(self, positions: Tensor) -> Tensor:
        """Pixels (n, 3, side, side) in [0, 1] at `positions` (n,)."""
        chosen = self.pixels[positions]
        return chosen.float() / 255 if chosen.dtype == torch.uint8 else chosen

    def only(self, conditions: Collection[str]) -> "LabelledSet":
        """The images of some of the conditions, in the order of `self.conditions`."""
        names = tuple(name for name in self.conditions if name in conditions)
        new_label = torch.tensor([names.index(n) if n in names else -1 for n in self.conditions])
        kept = torch.nonzero(new_label[self.labels] >= 0).flatten()
        return replace(
            self,
            pixels=self.pixels[kept],
            labels=new_label[self.labels[kept]],
            conditions=names,
            groups=tuple(self.groups[i] for i in kept.tolist()),
        )

    def resized(self, side: int) -> "LabelledSet":
        """The same images resized to `side`, so that a network need not do it in each episode."""
        chunks = [
            F.interpolate(chunk.float(), (side, side), mode="bilinear", antialias=True)
            for chunk in torch.split(self.pixels, 64)
        ]
        return replace(self, pixels=torch.cat([c.round().to(torch.uint8) for c in chunks]))


def read_labelled_set(
    folder: Path, *, side: int, group: str | None = None, progress: Progress = silent
) -> LabelledSet:
    """Every image of a folder in which each sub-folder is a condition.

    Where there is a manifest.csv, it says the condition of the files it lists.

    Args:
        group: the column of manifest.csv that names the patient; None uses no patients.

    Raises:
        MedMetaError: no such folder, or no manifest.csv or no such column where `group` is given.
        SupportSetError: fewer than two conditions.
    """
    if not folder.is_dir():
        raise MedMetaError(f"There is no folder {folder}.", rule="no-folder")
    manifest = read_manifest(folder, group)
    pixels, rows, seen, refusals = list[Tensor](), list[Row](), set[str](), list[Refusal]()
    for item in read_folder(folder, progress=progress):
        place = (Path(item.folder) / item.name).as_posix()
        seen.add(place)
        if isinstance(item, Refusal):
            refusals += [item] if item.name != MANIFEST and item.folder else []
        elif place not in manifest.masks:
            row = manifest.rows.get(place, Row(Path(item.folder).name, None))
            images = item.images if row.condition else ()
            pixels += [at_side(image, side) for image in images]
            rows += [row for _ in images]
    conditions = tuple(sorted({row.condition for row in rows}))
    if len(conditions) < 2:
        raise SupportSetError(
            f"{folder.name} needs two or more sub-folders with images, found {len(conditions)}.",
            rule="two-conditions",
        )
    listed = manifest.rows
    unlisted = seen - set(listed) - manifest.masks if listed else set()
    return LabelledSet(
        torch.stack(pixels),
        torch.tensor([conditions.index(row.condition) for row in rows]),
        conditions,
        tuple(row.patient for row in rows),
        tuple(refusals),
        without_condition=tuple(sorted(f for f, row in listed.items() if not row.condition)),
        absent=tuple(sorted(set(listed) - seen)),
        unlisted=tuple(sorted(place for place in unlisted if "/" in place)),
    )


def at_side(image: MedicalImage, side: int) -> Tensor:
    """Pixels (3, side, side) uint8, by the same two steps as a backbone takes at the dashboard."""
    pixels = as_model_pixels(image, MODEL_SIDE)[None]
    resized = F.interpolate(pixels, (side, side), mode="bilinear", antialias=True)[0]
    return (resized * 255).round().to(torch.uint8)
