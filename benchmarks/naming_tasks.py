"""Tasks on which the rule for naming a condition is measured: what each method says of them.

Features are embedded once for a set and remembered below a cache folder, tasks classified too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch
from measured_sets import MeasuredSet, features_of, read_set
from torch import Tensor

from medmeta_core.datasets import LabelledSet
from medmeta_core.embedding import Backbone
from medmeta_core.episodes import EmbeddedSupport, EpisodeIndices, EpisodeSampler, EpisodeShape
from medmeta_core.errors import SupportSetError
from medmeta_core.evaluation import EmbeddedSet
from medmeta_core.methods import FewShotMethod
from medmeta_core.selection import fit_and_leave_out, method_on, name_of
from medmeta_core.trust import Typicality

WAYS, SHOTS = (2, 3, 4, 5), (1, 2, 3, 5, 10)
N_QUERY, N_FOREIGN = 4, 8
FOREIGN = -1
"""The label of an image of a condition that is not among the examples."""


@dataclass(frozen=True, eq=False)
class MethodScores:
    """What a method says of a task.

    Attributes:
        method: the one asked, or that "automatic" chose.
        left_out: (n, k) scores of the examples when left out, NaN where they could not be.
        scores: (m, k) of the images asked about; refits: (n_refits, m, k) the same without a fold.
        strata: of each refit, the conditions whose examples were left out.
    """

    method: str
    left_out: Tensor
    scores: Tensor
    refits: Tensor
    strata: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Task:
    """A task and what was said of it.

    Attributes:
        labels: (n,) of the examples; asked (m,) of the images asked about, or `FOREIGN`.
        patients: (n,) of the examples, as numbers.
        typicality: (m,), None where it cannot be classified.
        scores_by_method: by name of the method.
    """

    n_ways: int
    n_shots: int
    labels: Tensor
    query_labels: Tensor
    patients: tuple[int, ...]
    typicality: tuple[float | None, ...]
    scores_by_method: dict[str, MethodScores]


def tasks_of(
    one: MeasuredSet, backbone: Backbone, cache: Path, methods: Sequence[str], n_tasks: int
) -> list[Task]:
    """The tasks of a set, `n_tasks` of each number of conditions and examples."""
    digest = sha256(f"{backbone.card.sha256} {methods} {n_tasks}".encode()).hexdigest()[:12]
    file = cache / "naming-tasks" / f"{one.name}-{digest}.pt".replace(": ", "-").replace(", ", "-")
    if not file.exists():
        labelled = read_set(one, cache)
        embedded = EmbeddedSet(labelled, features_of(one, labelled, backbone, cache))
        tasks = list(_tasks(one.name, embedded, backbone, methods, n_tasks))
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(tasks, file)
    cached: list[Task] = torch.load(file, weights_only=False)
    return cached


def _tasks(
    name: str,
    embedded: EmbeddedSet,
    backbone: Backbone,
    methods: Sequence[str],
    n_tasks: int,
) -> Iterator[Task]:
    labelled = embedded.labelled
    for n_ways, n_shots in ((k, n) for k in WAYS for n in SHOTS):
        seed = int(sha256(f"{name}{n_ways}{n_shots}".encode()).hexdigest()[:8], 16)
        generator = torch.Generator().manual_seed(seed)
        try:
            shape = EpisodeShape(n_ways, n_shots, N_QUERY)
            sampler = EpisodeSampler(labelled.labels, labelled.groups, shape)
            if sampler.shape.n_way < n_ways:
                continue
            episodes = [sampler.draw(generator) for _ in range(n_tasks)]
        except SupportSetError:
            continue  # too few pictures for such tasks
        for episode in episodes:
            foreign = _foreign(labelled, episode, generator)
            yield _task(embedded, episode, foreign, [method_on(m, backbone) for m in methods])


def _task(
    embedded: EmbeddedSet,
    episode: EpisodeIndices,
    foreign: Tensor,
    methods: Sequence[FewShotMethod],
) -> Task:
    support = embedded.support(episode.support, episode.support_labels, episode.conditions)
    positions = torch.cat([episode.query, foreign])
    queries = embedded.embeddings[positions]
    law = Typicality.of(support.embeddings, support.patient_ids())
    return Task(
        n_ways=len(support.conditions),
        n_shots=min(support.counts),
        labels=support.labels,
        query_labels=torch.cat([episode.query_labels, torch.full((len(foreign),), FOREIGN)]),
        patients=support.patient_ids(),
        typicality=tuple(law.of_query(query, support.embeddings) for query in queries),
        scores_by_method={
            name_of(method): _scores_of(method, support, queries) for method in methods
        },
    )


def _foreign(labelled: LabelledSet, episode: EpisodeIndices, generator: torch.Generator) -> Tensor:
    """Images of the set's other conditions, of patients who are not among the examples."""
    taken = {labelled.groups[i] for i in episode.support.tolist()} - {None}
    others = ~torch.isin(labelled.labels, episode.conditions)
    places = [
        i for i in torch.nonzero(others).flatten().tolist() if labelled.groups[i] not in taken
    ]
    order = torch.randperm(len(places), generator=generator)[:N_FOREIGN]
    return torch.tensor([places[i] for i in order.tolist()], dtype=torch.int64)


def _scores_of(method: FewShotMethod, support: EmbeddedSupport, queries: Tensor) -> MethodScores:
    choice, (classifier, left_out) = fit_and_leave_out(method, support)
    refits = [refit.scores_of(queries) for refit in left_out.refits]
    return MethodScores(
        method=choice.method if choice else name_of(method),
        left_out=left_out.scores,
        scores=classifier.scores_of(queries),
        refits=torch.stack(refits)
        if refits
        else torch.empty(0, len(queries), len(support.conditions)),
        strata=left_out.strata,
    )
