"""The labels of examples, checked where they come in."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medmeta_core.errors import SupportSetError


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
