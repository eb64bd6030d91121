"""The examples of a folder as squares, for `SupportSet.from_folder`."""

import warnings
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from medmeta_core.episodes.pixels import as_model_pixels
from medmeta_core.imaging.labelled_files import (
    LabelledFile,
    check_conditions,
    check_folder,
    labelled_files,
)
from medmeta_core.imaging.manifest import read_manifest
from medmeta_core.imaging.names import similar_names
from medmeta_core.progress import Progress


class FolderSquare(NamedTuple):
    """A picture (3, side, side) of a folder, with condition and patient."""

    condition: str
    patient: str | None
    pixels: Tensor


def by_condition(condition: str) -> tuple[str, str]:
    """By what conditions are sorted: small and capital letters alike, as in a workspace."""
    return condition.casefold(), condition


def read_squares(
    folder: Path, *, patient: str | None, side: int, progress: Progress
) -> list[FolderSquare]:
    """The examples of a folder, sorted by condition; a warning counts what was left out.

    Raises:
        MedMetaError: see `SupportSet.from_folder`.
    """
    check_folder(folder)
    manifest = read_manifest(folder, patient=patient or "")
    squares, left_out, cleaned = list[FolderSquare](), Counter[str](), set[str]()
    for file in labelled_files(folder, manifest, progress=progress):
        left_out.update([file.refusal.rule] if file.refusal else [])
        squares += _squares(file, side)
        cleaned |= file.cleaned_names
    left_out.update({"no condition": len(manifest.without_condition)})
    told = ", ".join(f"{n} x {rule}" for rule, n in left_out.items() if n)
    if told:
        warnings.warn(f"Files of the folder were left out: {told}.", stacklevel=3)
    check_conditions(folder, (one.condition for one in squares))
    _warn_of_names({one.condition for one in squares}, cleaned)
    return sorted(squares, key=lambda one: by_condition(one.condition))


def _warn_of_names(conditions: set[str], cleaned: set[str]) -> None:
    alike = [name for group in similar_names(conditions) for name in group]
    for names, remark in (
        (alike, "differ only in capital letters, width or a dot at the end, and are kept apart"),
        (sorted(cleaned), "had further spaces or unseen characters, which were left out"),
    ):
        if names:
            warnings.warn(f"Condition names {remark}: {', '.join(names)}.", stacklevel=4)


def _squares(file: LabelledFile, side: int) -> list[FolderSquare]:
    return [
        FolderSquare(row.condition, row.patient, as_model_pixels(image, side))
        for row, image in zip(file.rows, file.images, strict=True)
    ]
