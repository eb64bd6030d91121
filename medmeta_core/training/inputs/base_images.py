"""The pictures that a backbone is trained on, in memory, with their conditions and patients."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from medmeta_core.progress import Progress, silent
from medmeta_core.training.inputs.loading import STORED_SIDE, read_square
from medmeta_core.training.inputs.procedural import procedural_picture
from medmeta_core.training.inputs.set_files import SetFile, set_files
from medmeta_core.training.inputs.squares_file import SquaresFile
from medmeta_core.training.recipe import BaseSet, RecipeError

PROCEDURAL_WEIGHT = 2.5
"""Beside 19 sets of weight 1: about every sixth picture."""


@dataclass(frozen=True, eq=False)
class BaseImages:
    """Training pictures of all sets.

    Attributes:
        pixels: (n, 3, STORED_SIDE, STORED_SIDE) uint8.
        labels: (n,) condition, counted over all sets; -1 for procedural pictures, the last set.
        set_index: (n,) the set each picture is of.
        conditions: "set/condition" of each label.
        sets: the sets, in order.
        groups: (n,) patients, None where not known.
        refusals: "set: file: why" of the files that could not be read.
        n_without_condition: files that a manifest lists without a condition, which are left out.
        paths: (n,) the file of each picture, as far as they come from files: procedural ones, the
            last, do not.
    """

    pixels: Tensor
    labels: Tensor
    set_index: Tensor
    conditions: tuple[str, ...]
    sets: tuple[BaseSet, ...]
    groups: tuple[str | None, ...]
    refusals: tuple[str, ...] = ()
    n_without_condition: int = 0
    paths: tuple[Path, ...] = ()

    def only(self, positions: Tensor) -> "BaseImages":
        """The pictures at `positions` (n,), their conditions renumbered."""
        unique_labels, labels = torch.unique(self.labels[positions], return_inverse=True)
        return replace(
            self,
            pixels=self.pixels[positions],
            labels=labels,
            set_index=self.set_index[positions],
            conditions=tuple(self.conditions[int(k)] for k in unique_labels),
            groups=tuple(self.groups[int(i)] for i in positions),
            paths=tuple(self.paths[int(i)] for i in positions if i < len(self.paths)),
        )

    @property
    def digest(self) -> str:
        """Equal where pictures, conditions and patients are equal, in the same order."""
        hasher = hashlib.blake2b(digest_size=8)
        for tensor in (self.pixels, self.labels, self.set_index):
            hasher.update(tensor.contiguous().numpy().data)
        hasher.update(repr((self.conditions, self.groups)).encode())
        return hasher.hexdigest()


def read_base_images(
    root: Path,
    sets: tuple[BaseSet, ...],
    *,
    progress: Progress = silent,
    cache: Path | None = None,
) -> BaseImages:
    """Read every set of a recipe below `root`.

    Args:
        cache: a folder for the decoded pictures, which later starts and other processes map into
            memory instead of decoding and holding them again.

    Raises:
        RecipeError: a folder or a column is missing, or a set holds no readable picture.
    """
    listed = [set_files(root, one) for one in sets]
    files = [(number, file) for number, one in enumerate(listed) for file in one.files]
    squares = SquaresFile(cache, [file.path for _, file in files], read_square)
    pixels, answers = squares.read(lambda done, k: progress(done, sets[files[k][0]].folder))
    labels, set_index = list[int](), list[int]()
    conditions, groups, refusals = dict[str, int](), list[str | None](), list[str]()
    paths = list[Path]()
    for (number, file), answer in zip(files, answers, strict=True):
        if answer.refusal is not None:
            refusals.append(f"{sets[number].folder}: {file.path.name}: {answer.refusal}")
            continue
        labels.append(conditions.setdefault(_full_name(sets[number], file), len(conditions)))
        set_index.append(number)
        paths.append(file.path)
        groups.append(file.patient or answer.patient)
    for number, base_set in enumerate(sets):
        if number not in set_index:
            raise RecipeError("recipe-no-picture", folder=base_set.folder)
    return BaseImages(
        pixels,
        torch.tensor(labels),
        torch.tensor(set_index),
        tuple(conditions),
        sets,
        tuple(groups),
        tuple(refusals),
        sum(one.n_without_condition for one in listed),
        tuple(paths),
    )


def _full_name(base_set: BaseSet, file: SetFile) -> str:
    return f"{Path(base_set.folder).name}/{file.condition}"


def with_procedural(images: BaseImages, n: int, *, seed: int) -> BaseImages:
    """The same with `n` procedural pictures as one more set, without conditions."""
    if n == 0:
        return images
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.stack([procedural_picture(STORED_SIDE, generator) for _ in range(n)])
    return replace(
        images,
        pixels=torch.cat([images.pixels, pictures]),
        labels=torch.cat([images.labels, torch.full((n,), -1)]),
        set_index=torch.cat([images.set_index, torch.full((n,), len(images.sets))]),
        sets=(*images.sets, BaseSet("procedural", turn=True, weight=PROCEDURAL_WEIGHT)),
        groups=images.groups + (None,) * n,
    )
