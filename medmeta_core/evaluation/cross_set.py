"""Examples from one set, queries from another with the same conditions.

What this measures is the change of hospital, scanner and photographer, which episodes within
one set cannot show.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from medmeta_core.datasets.labelled_set import LabelledSet
from medmeta_core.episodes import EpisodeIndices, EpisodeShape
from medmeta_core.errors import SupportSetError


@dataclass(frozen=True, eq=False)
class CrossSet:
    """Two sets as one: the first `n_examples` images may be examples, the others queries.

    Attributes:
        labelled: both sets, with the conditions they share under the examples' names; a patient
            of one set is another person than the patient of the same name in the other.
    """

    labelled: LabelledSet
    n_examples: int

    @classmethod
    def of(
        cls, examples: LabelledSet, queries: LabelledSet, same: Mapping[str, str] | None = None
    ) -> "CrossSet":
        """The conditions whose names are equal but for case, spaces, hyphens and underscores.

        Args:
            same: further pairs, the queries' name to the examples' name.

        Raises:
            SupportSetError: fewer than two conditions are shared, or `same` names none.
        """
        names = _matched(examples.conditions, queries.conditions, same or {})
        if len(set(names.values())) < 2:
            raise SupportSetError(
                "too-few-shared",
                found=len(set(names.values())),
                examples=", ".join(examples.conditions),
                queries=", ".join(queries.conditions),
            )
        renamed_examples, query_set = examples.only(set(names.values())), queries.only(names)
        renamed = torch.tensor(
            [renamed_examples.conditions.index(names[n]) for n in query_set.conditions]
        )
        labelled = replace(
            renamed_examples,
            pixels=torch.cat([renamed_examples.pixels, query_set.pixels]),
            labels=torch.cat([renamed_examples.labels, renamed[query_set.labels]]),
            groups=(
                *_of_side("examples", renamed_examples.groups),
                *_of_side("queries", query_set.groups),
            ),
            refusals=(*examples.refusals, *queries.refusals),
            digests=(*renamed_examples.digests, *query_set.digests),
        )
        return cls(labelled, len(renamed_examples.labels))


class CrossSampler:
    """Draws episodes across the two sets: `n_shot` examples, at most `n_query` queries each.

    Raises:
        SupportSetError: fewer than two conditions have `n_shot` examples and a query.
    """

    def __init__(self, cross: CrossSet, shape: EpisodeShape) -> None:
        labels, n = cross.labelled.labels, cross.n_examples
        self._known = [torch.nonzero(labels[:n] == k).flatten() for k in _each(cross)]
        self._asked = [n + torch.nonzero(labels[n:] == k).flatten() for k in _each(cross)]
        self._eligible = [
            k for k in _each(cross) if len(self._known[k]) >= shape.n_shot and len(self._asked[k])
        ]
        self.shape = EpisodeShape(
            min(shape.n_way, len(self._eligible)), shape.n_shot, shape.n_query
        )
        if self.shape.n_way < 2:
            n_eligible = len(self._eligible)
            raise SupportSetError("too-few-across-sets", n_shot=shape.n_shot, found=n_eligible)

    def draw(self, generator: torch.Generator) -> EpisodeIndices:
        """One episode."""
        order = torch.randperm(len(self._eligible), generator=generator)[: self.shape.n_way]
        conditions = torch.tensor([self._eligible[int(i)] for i in order])
        support = [_some(self._known[k], self.shape.n_shot, generator) for k in conditions.tolist()]
        query = [_some(self._asked[k], self.shape.n_query, generator) for k in conditions.tolist()]
        return EpisodeIndices(conditions, *_flat(support), *_flat(query))


def _matched(
    example_conditions: tuple[str, ...], query_conditions: tuple[str, ...], same: Mapping[str, str]
) -> dict[str, str]:
    """{queries' condition: examples' condition}."""
    unknown = (set(same) - set(query_conditions)) | (set(same.values()) - set(example_conditions))
    if unknown:
        raise SupportSetError("unknown-condition-in-set", names=", ".join(sorted(unknown)))
    plain = {_plain(name): name for name in example_conditions}
    return {n: plain[_plain(n)] for n in query_conditions if _plain(n) in plain} | dict(same)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter not in " _-")


def _of_side(side: str, groups: tuple[str | None, ...]) -> list[str | None]:
    return [group and f"{side}: {group}" for group in groups]


def _each(cross: CrossSet) -> range:
    return range(len(cross.labelled.conditions))


def _some(positions: Tensor, n: int, generator: torch.Generator) -> Tensor:
    return positions[torch.randperm(len(positions), generator=generator)[:n]]


def _flat(per_condition: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Positions and labels of tensors, one for each condition."""
    counts = torch.tensor([len(positions) for positions in per_condition])
    labels = torch.repeat_interleave(torch.arange(len(per_condition)), counts)
    return torch.cat(per_condition), labels
