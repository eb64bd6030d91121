"""Conditions and patients of examples, checked, and `EmbeddedSupport`: with their embeddings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes.pixels import MODEL_SIDE
from medmeta_core.errors import SupportSetError
from medmeta_core.short_repr import ShortRepr, listed


class LabelledExamples(ShortRepr):
    """The conditions and patients of examples, for pictures as for their embeddings."""

    labels: Tensor
    conditions: tuple[str, ...]
    groups: tuple[str | None, ...]

    def _settle(self, n: int) -> None:
        """Check that labels and groups belong to n examples; groups are empty where none is known.

        Raises:
            SupportSetError: they do not.
        """
        check_labels(self, n)
        object.__setattr__(self, "groups", tuple(self.groups) if any(self.groups) else ())

    def _groups_of(self, keep_mask: Tensor) -> tuple[str | None, ...]:
        """The groups of the examples where the mask `keep_mask` (n,) is true."""
        return tuple(g for g, keep in zip(self.groups, keep_mask.tolist(), strict=False) if keep)

    def _in_short(self) -> Mapping[str, str]:
        """Conditions, examples, and patients where they are known."""
        n_patients = {"patients": str(len(set(self.patient_ids())))} if self.groups else {}
        counted = {"conditions": listed(self.conditions), "examples": str(len(self))}
        return counted | n_patients

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def counts(self) -> tuple[int, ...]:
        """Examples of each condition."""
        return tuple(torch.bincount(self.labels, minlength=len(self.conditions)).tolist())

    def patient_ids(self) -> tuple[int, ...]:
        """The patient of each example as a number: examples of one patient share it.

        >>> s = EmbeddedSupport(torch.zeros(4, 2), torch.tensor([0, 0, 1, 1]), ("f", "g"),
        ...                     ("P1", "P1", None, "P2"))
        >>> s.patient_ids()
        (0, 0, 1, 2)
        """
        numbers: dict[str, int] = {}
        keys = [
            f"patient {group}" if group else f"example {i}"
            for i, group in enumerate(self.groups or (None,) * len(self))
        ]
        return tuple(numbers.setdefault(key, len(numbers)) for key in keys)


@dataclass(frozen=True, eq=False, repr=False)
class EmbeddedSupport(LabelledExamples):
    """Labelled examples by their embeddings, where the same are asked for again and again.

    Attributes:
        embeddings: (n, d) float32, by the backbone of the method that is fitted.
        labels, conditions, groups: as in `SupportSet`.
        side: of the images that were embedded, in pixels.
    """

    embeddings: Tensor
    labels: Tensor
    conditions: tuple[str, ...]
    groups: tuple[str | None, ...] = ()
    side: int = MODEL_SIDE

    def __post_init__(self) -> None:
        self._settle(len(self.embeddings))

    def embedded_by(self, backbone: Backbone) -> "EmbeddedSupport":  # noqa: ARG002
        """These examples: they were embedded already."""
        return self

    def subset(self, keep_mask: Tensor) -> "EmbeddedSupport":
        """The examples where the mask `keep_mask` (n,) is true, all conditions kept.

        Raises:
            SupportSetError: a condition would lose its last example.
        """
        groups = self._groups_of(keep_mask)
        return replace(
            self,
            embeddings=self.embeddings[keep_mask],
            labels=self.labels[keep_mask],
            groups=groups,
        )


class Labelled(Protocol):
    """What has labels, conditions and groups."""

    @property
    def labels(self) -> Tensor: ...

    @property
    def conditions(self) -> tuple[str, ...]: ...

    @property
    def groups(self) -> tuple[str | None, ...]: ...


def numbered(
    labels: "Tensor | NDArray[np.generic] | Sequence[str] | Sequence[int]",
    conditions: tuple[str, ...],
) -> tuple[Tensor, tuple[str, ...]]:
    """Labels (n,) int64 as indices into the conditions, and the conditions.

    >>> numbered(["flu", "cold", "flu"], ())
    (tensor([0, 1, 0]), ('flu', 'cold'))

    Raises:
        SupportSetError: labels are neither names nor whole numbers, or not among the conditions.
    """
    entries: list[Any] = (
        labels.tolist() if isinstance(labels, Tensor | np.ndarray) else list(labels)
    )
    if entries and all(isinstance(label, str) for label in entries):
        names = conditions or tuple(dict.fromkeys(entries))
        unknown = sorted(set(entries) - set(names))
        if unknown:
            allowed = ", ".join(names)
            raise SupportSetError("label-unknown", known=allowed, found=", ".join(unknown))
        return torch.tensor([names.index(name) for name in entries], dtype=torch.int64), names
    if not all(type(label) is int for label in entries):
        kinds = sorted({type(label).__name__ for label in entries})
        raise SupportSetError("label-kind", found=", ".join(kinds))
    if conditions:
        return torch.tensor(entries, dtype=torch.int64), conditions
    values = sorted(set(entries))
    places = torch.tensor([values.index(label) for label in entries], dtype=torch.int64)
    return places, tuple(str(value) for value in values)


def check_labels(examples: Labelled, n: int) -> None:
    """Refuse labels, conditions and groups that do not belong to n examples.

    Raises:
        SupportSetError: they do not.
    """
    labels, conditions, groups = examples.labels, examples.conditions, examples.groups
    if len(labels) != n:
        raise SupportSetError("labels-length", n=n, found=len(labels))
    if groups and len(groups) != n:
        raise SupportSetError("groups-length", n=n, found=len(groups))
    if len(conditions) < 2:
        raise SupportSetError("two-conditions", found=len(conditions))
    if len(set(conditions)) != len(conditions):
        raise SupportSetError("distinct-conditions")
    if n and not 0 <= int(labels.min()) <= int(labels.max()) < len(conditions):
        low, high = int(labels.min()), int(labels.max())
        raise SupportSetError("label-range", most=len(conditions) - 1, low=low, high=high)
    counts = torch.bincount(labels, minlength=len(conditions)).tolist()
    empty = [name for name, count in zip(conditions, counts, strict=True) if count == 0]
    if empty:
        raise SupportSetError("one-example-per-condition", conditions=", ".join(empty))
