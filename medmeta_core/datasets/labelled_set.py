"""`LabelledSet`: a folder of folders, read for evaluation."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.episodes import MODEL_SIDE, SupportSet, identify_patients
from medmeta_core.episodes.pixels import as_model_pixels
from medmeta_core.episodes.support_set import require_different_pictures
from medmeta_core.imaging import MedicalImage, Refusal
from medmeta_core.imaging.labelled_files import check_conditions, check_folder, labelled_files
from medmeta_core.imaging.manifest import Manifest, Row, read_manifest
from medmeta_core.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """Images with their conditions and patients.

    Attributes:
        pixels: (n, 3, side, side) uint8.
        labels: (n,).
        conditions: names.
        groups: (n,) patients, None where not known.
        refusals: files that could not be read.
        without_condition: files that the manifest lists without a condition; not in the set.
        absent: files that the manifest lists and that are not there.
        unlisted: files that it does not list; their folder says the condition.
        n_without_patient: images whose patient id names no patient (`identify_patients`).
        cleaned: conditions of whose names spaces or unseen characters were left out.
        digests: (n,) sha256 (hex) of the files that the images came from; none where not known.
    """

    pixels: Tensor
    labels: Tensor
    conditions: tuple[str, ...]
    groups: tuple[str | None, ...]
    refusals: tuple[Refusal, ...]
    without_condition: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    n_without_patient: int = 0
    cleaned: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()

    def support(self, positions: Tensor, labels: Tensor, conditions: Tensor) -> SupportSet:
        """The images at `positions` (n,) as examples of the conditions drawn."""
        names, groups = self.names_and_groups(positions, conditions)
        return SupportSet(self.images(positions), labels, names, groups)

    def names_and_groups(
        self, positions: Tensor, conditions: Tensor
    ) -> tuple[tuple[str, ...], tuple[str | None, ...]]:
        """The names of the conditions drawn, and the patients of the images at `positions`."""
        names = tuple(self.conditions[int(k)] for k in conditions)
        groups = tuple(self.groups[int(i)] for i in positions)
        return names, groups

    def images(self, positions: Tensor) -> Tensor:
        """Pixels (n, 3, side, side) in [0, 1] at `positions` (n,)."""
        return self.pixels[positions].float() / 255

    def only(self, conditions: Collection[str]) -> "LabelledSet":
        """The images of some of the conditions, in the order of `self.conditions`."""
        names = tuple(name for name in self.conditions if name in conditions)
        new_label = torch.tensor([names.index(n) if n in names else -1 for n in self.conditions])
        indices = torch.nonzero(new_label[self.labels] >= 0).flatten()
        return replace(
            self,
            pixels=self.pixels[indices],
            labels=new_label[self.labels[indices]],
            conditions=names,
            groups=tuple(self.groups[i] for i in indices.tolist()),
            digests=tuple(self.digests[i] for i in indices.tolist()) if self.digests else (),
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

    The first folder below `folder` names the condition, as everywhere (`FolderLabel`). Where there
    is a manifest.csv, it says the condition of the files it lists.

    Args:
        group: the column of manifest.csv that names the patient; where it does not, the folder
            below the condition does, or the file itself.

    Raises:
        MedMetaError: no such folder, or no manifest.csv or no such column where `group` is given.
        SupportSetError: fewer than two conditions, or the same picture in all files.
    """
    check_folder(folder)
    manifest = read_manifest(folder, patient=group or "")
    pixels, rows, paths, refusals = list[Tensor](), list[Row](), set[str](), list[Refusal]()
    cleaned, digests = set[str](), list[str]()
    for file in labelled_files(folder, manifest, progress=progress):
        paths.add(file.key)
        refusals += [file.refusal] if file.refusal else []
        pixels += [at_side(image, side) for image in file.images]
        digests += [image.source_digest for image in file.images]
        rows += file.rows
        cleaned |= file.cleaned_names
    labelled_set = _labelled_set(folder, manifest, paths, _Read(pixels, rows, refusals))
    return replace(labelled_set, cleaned=tuple(sorted(cleaned)), digests=tuple(digests))


class _Read(NamedTuple):
    pixels: list[Tensor]
    rows: list[Row]
    refusals: list[Refusal]


def _labelled_set(folder: Path, manifest: Manifest, paths: set[str], read: _Read) -> LabelledSet:
    conditions = tuple(sorted({row.condition for row in read.rows}))
    check_conditions(folder, conditions)
    require_different_pictures(pixels := torch.stack(read.pixels))
    patients = identify_patients(*zip(*read.rows, strict=True))
    listed = manifest.rows
    unlisted = paths - set(listed) - manifest.masks if listed else set()
    return LabelledSet(
        pixels,
        torch.tensor([conditions.index(row.condition) for row in read.rows]),
        conditions,
        patients.ids,
        tuple(read.refusals),
        without_condition=manifest.without_condition,
        absent=tuple(sorted(set(listed) - paths)),
        unlisted=tuple(sorted(place for place in unlisted if "/" in place)),
        n_without_patient=patients.n_without,
    )


def at_side(image: MedicalImage, side: int) -> Tensor:
    """Pixels (3, side, side) uint8, by the same two steps as a backbone takes at the dashboard."""
    pixels = as_model_pixels(image, MODEL_SIDE)[None]
    resized = F.interpolate(pixels, (side, side), mode="bilinear", antialias=True)[0]
    return (resized * 255).round().to(torch.uint8)
