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
    found: list[Any] = labels.tolist() if isinstance(labels, Tensor | np.ndarray) else list(labels)
    if found and all(isinstance(label, str) for label in found):
        names = conditions or tuple(dict.fromkeys(found))
        unknown = sorted(set(found) - set(names))
        if unknown:
            raise SupportSetError(
                f"labels: expected conditions among {', '.join(names)}, "
                f"found {', '.join(unknown)}.",
                rule="label-range",
            )
        return torch.tensor([names.index(name) for name in found], dtype=torch.int64), names
    if not all(type(label) is int for label in found):
        kinds = sorted({type(label).__name__ for label in found})
        raise SupportSetError(
            f"labels: expected names or whole numbers, one for each image, "
            f"found {', '.join(kinds)}.",
            rule="label-kind",
        )
    if conditions:
        return torch.tensor(found, dtype=torch.int64), conditions
    values = sorted(set(found))
    places = torch.tensor([values.index(label) for label in found], dtype=torch.int64)
    return places, tuple(str(value) for value in values)


def check_labels(examples: Labelled, n: int) -> None:
    """Refuse labels, conditions and groups that do not belong to n examples.

    Raises:
        SupportSetError: they do not.
    """
    labels, conditions, groups = examples.labels, examples.conditions, examples.groups
    for name, found in (("labels", labels), ("groups", groups)):
        if len(found) != n and (name == "labels" or groups):
            raise SupportSetError(
                f"{name}: expected one for each of {n} images, found {len(found)}.",
                rule=f"{name}-length",
            )
    if len(conditions) < 2:
        raise SupportSetError(
            f"At least two conditions are needed, found {len(conditions)}.", rule="two-conditions"
        )
    if len(set(conditions)) != len(conditions):
        raise SupportSetError("Two conditions bear the same name.", rule="distinct-conditions")
    if n and not 0 <= int(labels.min()) <= int(labels.max()) < len(conditions):
        raise SupportSetError(
            f"labels: expected 0 to {len(conditions) - 1}, "
            f"found {int(labels.min())} to {int(labels.max())}.",
            rule="label-range",
        )
    counts = torch.bincount(labels, minlength=len(conditions)).tolist()
    empty = [name for name, count in zip(conditions, counts, strict=True) if count == 0]
    if empty:
        raise SupportSetError(
            f"Each condition needs an example; none for: {', '.join(empty)}.",
            rule="one-example-per-condition",
        )
