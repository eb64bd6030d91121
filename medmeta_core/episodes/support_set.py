"""`SupportSet`: the examples of a task, checked once, for everybody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes.example_folder import read_squares
from medmeta_core.episodes.labelled_examples import EmbeddedSupport, LabelledExamples, numbered
from medmeta_core.episodes.patients import identify_patients
from medmeta_core.episodes.pixels import MODEL_SIDE, as_model_pixels, model_pixels
from medmeta_core.errors import SupportSetError
from medmeta_core.imaging import MedicalImage
from medmeta_core.progress import Progress, silent


@dataclass(frozen=True, eq=False, repr=False)
class SupportSet(LabelledExamples):
    """Labelled examples.

    NumPy arrays are taken like tensors, and names in the place of numbers as labels.

    Attributes:
        pixels: (n, 3, h, w) float32 in [0, 1], finite; (n, 1, h, w) is repeated thrice.
        labels: (n,) int64; labels[i] is an index into `conditions`.
        conditions: names, at least two, in the order of the labels; by default the labels in
            their order of appearance.
        groups: (n,) patient of each example; None where the patient is not known, which
            counts as a patient of its own. Empty where no patient is known at all.

    Raises:
        SupportSetError: pixels, labels, conditions or groups break one of these rules.

    >>> import numpy as np
    >>> SupportSet(np.zeros((2, 1, 8, 8)), ["flu", "cold"]).conditions
    ('flu', 'cold')
    >>> SupportSet(np.zeros((2, 8, 8, 3)), ["flu", "cold"])
    Traceback (most recent call last):
    medmeta_core.errors.SupportSetError: pixels: expected (n, 3, h, w) or (n, 1, h, w), found (2, \
8, 8, 3); channels come before height and width.
    """

    pixels: Tensor
    labels: Tensor
    conditions: tuple[str, ...] = ()
    groups: tuple[str | None, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", model_pixels(self.pixels))
        names = tuple(self.conditions)
        labels, names = numbered(self.labels, names)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "conditions", names)
        self._settle(len(self.pixels))

    @classmethod
    def from_images(
        cls,
        images: Mapping[str, Sequence[MedicalImage]],
        *,
        groups: Mapping[str, Sequence[str | None]] | None = None,
        side: int = MODEL_SIDE,
    ) -> "SupportSet":
        """The support set of {condition: images}; patients from `groups`, else from the images.

        Raises:
            SupportSetError: see `from_pixels`.
        """
        pictures = [image for those in images.values() for image in those]
        patients = (
            [group for name in images for group in groups[name]]
            if groups is not None
            else [image.patient_key for image in pictures]
        )
        return cls.from_pixels(
            (as_model_pixels(image, side) for image in pictures),
            [name for name, those in images.items() for _ in those],
            patients=patients,
            conditions=tuple(images),
        )

    @classmethod
    def from_pixels(
        cls,
        pixels: Iterable[Tensor],
        names: Sequence[str],
        *,
        patients: Sequence[str | None],
        conditions: Sequence[str] | None = None,
    ) -> "SupportSet":
        """The support set of n squares (3, side, side) with condition and patient of each.

        An id that names no patient counts as unknown (`identify_patients`).

        Args:
            conditions: in the order of the labels; None takes that of `names`.

        Raises:
            SupportSetError: fewer than two conditions, a condition without an example, or the
                same picture in all.
        """
        labels, order = numbered(names, tuple(conditions or ()))
        support = cls(
            pixels=_stacked(pixels, len(names)),
            labels=labels,
            conditions=order,
            groups=identify_patients(names, patients).ids,
        )
        require_different_pictures(support.pixels)
        return support

    @classmethod
    def from_folder(
        cls,
        folder: Path | str,
        *,
        patient: str | None = None,
        side: int = MODEL_SIDE,
        progress: Progress = silent,
    ) -> "SupportSet":
        """The support set of a folder, read as `medmeta classify --examples` reads it.

        The first folder below `folder` names the condition, a folder below that the patient. A
        manifest.csv (columns `file`, `cls`) says the condition of the files that it lists. What
        cannot be read is left out, and a warning counts it.

        Args:
            patient: the column of manifest.csv that names the patient.

        Raises:
            MedMetaError: no such folder, no manifest.csv or column where `patient` is given.
            SupportSetError: fewer than two conditions, or the same picture in all files.
        """
        squares = read_squares(Path(folder), patient=patient, side=side, progress=progress)
        return cls.from_pixels(
            (one.pixels for one in squares),
            [one.condition for one in squares],
            patients=[one.patient for one in squares],
        )

    def subset(self, keep_mask: Tensor) -> "SupportSet":
        """The examples where the mask `keep_mask` (n,) is true, all conditions kept.

        Raises:
            SupportSetError: a condition would lose its last example.
        """
        groups = self._groups_of(keep_mask)
        return SupportSet(self.pixels[keep_mask], self.labels[keep_mask], self.conditions, groups)

    @property
    def side(self) -> int:
        """Side in pixels of the images."""
        return int(self.pixels.shape[-1])

    def embedded(self, embeddings: Tensor) -> "EmbeddedSupport":
        """The same examples by their embeddings (n, d)."""
        return EmbeddedSupport(embeddings, self.labels, self.conditions, self.groups, self.side)

    def embedded_by(self, backbone: Backbone) -> "EmbeddedSupport":
        """The same examples by the embeddings of a backbone."""
        return self.embedded(backbone.embed(self.pixels))


def _stacked(squares: Iterable[Tensor], n: int) -> Tensor:
    """N squares (3, side, side) as one tensor, each released before the next is asked for."""
    rest = iter(squares)
    first = next(rest, None)
    if first is None:
        return torch.empty(n, 3, MODEL_SIDE, MODEL_SIDE)
    stacked = first.new_empty(n, *first.shape)
    for row, square in zip(stacked, chain([first], rest), strict=True):
        row.copy_(square)
    return stacked


def require_different_pictures(pixels: Tensor) -> None:
    """Refuse examples (n, …) among which no two pictures differ: there is nothing to learn.

    Raises:
        SupportSetError: all n are the same, n being more than one.
    """
    if len(pixels) > 1 and all(torch.equal(one, pixels[0]) for one in pixels[1:]):
        raise same_picture_in_all(len(pixels))


def same_picture_in_all(n: int) -> SupportSetError:
    """What to say of n examples that all show the same picture."""
    return SupportSetError("all-the-same", n=n)
