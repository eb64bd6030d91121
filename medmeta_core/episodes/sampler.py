"""Episodes drawn from a labelled set; a patient is never on both sides."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from medmeta_core.errors import SupportSetError

MAX_TRIES = 1_000


@dataclass(frozen=True)
class EpisodeShape:
    """How large a task is: `n_query` images of each condition at most, as far as there are."""

    n_way: int = 5
    n_shot: int = 5
    n_query: int = 15


@dataclass(frozen=True, eq=False)
class EpisodeIndices:
    """Which images make a task.

    Attributes:
        conditions: (n_way,) indices of the conditions drawn.
        support: positions of the examples, `n_shot` of each condition in turn.
        support_labels, query_labels: 0 to n_way - 1.
        query: positions of the images to be classified.
    """

    conditions: Tensor
    support: Tensor
    support_labels: Tensor
    query: Tensor
    query_labels: Tensor


class EpisodeSampler:
    """Draws episodes from labels (n,) and patients (n,); None is a patient of its own.

    Raises:
        SupportSetError: fewer than two conditions have `n_shot` + 1 images of enough patients.
    """

    def __init__(self, labels: Tensor, groups: Sequence[str | None], shape: EpisodeShape) -> None:
        self._groups = [g if g is not None else f"\0{i}" for i, g in enumerate(groups)]
        self._members = {int(k): torch.nonzero(labels == k).flatten() for k in torch.unique(labels)}
        self._eligible = [k for k in self._members if self._is_enough(k, shape.n_shot)]
        self.shape = EpisodeShape(
            min(shape.n_way, len(self._eligible)), shape.n_shot, shape.n_query
        )
        if self.shape.n_way < 2:
            n_eligible = len(self._eligible)
            raise SupportSetError("too-few-for-episodes", n_shot=shape.n_shot, found=n_eligible)

    def draw(self, generator: torch.Generator) -> EpisodeIndices:
        """One episode.

        Raises:
            SupportSetError: patients overlap so much that no split was found.
        """
        for _ in range(MAX_TRIES):
            episode = self._try(generator)
            if episode is not None:
                return episode
        raise SupportSetError("patients-overlap")

    def _try(self, generator: torch.Generator) -> EpisodeIndices | None:
        """A random episode, or None where a condition is left without example or query."""
        order = torch.randperm(len(self._eligible), generator=generator)[: self.shape.n_way]
        conditions = torch.tensor([self._eligible[int(i)] for i in order])
        shuffled = [self._shuffled(int(k), generator) for k in conditions]
        support = [self._leave_a_patient(images) for images in shuffled]
        taken = {self._groups[i] for images in support for i in images}
        query = [
            [i for i in images if self._groups[i] not in taken][: self.shape.n_query]
            for images in shuffled
        ]
        if not all(query) or any(len(images) < self.shape.n_shot for images in support):
            return None
        return EpisodeIndices(conditions, *_flat(support), *_flat(query))

    def _is_enough(self, condition: int, n_shot: int) -> bool:
        images = Counter(self._groups[i] for i in self._members[condition].tolist())
        return len(images) > 1 and images.total() - min(images.values()) >= n_shot

    def _shuffled(self, condition: int, generator: torch.Generator) -> list[int]:
        members = self._members[condition]
        shuffled: list[int] = members[torch.randperm(len(members), generator=generator)].tolist()
        return shuffled

    def _leave_a_patient(self, images: list[int]) -> list[int]:
        """The first `n_shot` images, not those of the last patient if others suffice."""
        last_group = self._groups[images[-1]]
        remaining = [i for i in images if self._groups[i] != last_group]
        return remaining[: self.shape.n_shot]


def _flat(per_condition: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Positions and labels of lists, one list for each condition."""
    positions = [i for images in per_condition for i in images]
    labels = [k for k, images in enumerate(per_condition) for _ in images]
    return torch.tensor(positions), torch.tensor(labels)
