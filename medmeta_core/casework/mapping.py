"""The embedding map: examples and cases of a workspace in two or three dimensions."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import torch
from torch import Tensor

from medmeta_core.casework.adapting import adaptation_of
from medmeta_core.episodes import MODEL_SIDE
from medmeta_core.episodes.pixels import three_channels
from medmeta_core.explanation import Projection, fit_projection, similar_cases
from medmeta_core.jobs import Job, Plan, find_job, start
from medmeta_core.progress import Progress
from medmeta_core.workspace import AdaptationRecord, Store, StoredImage


@dataclass(frozen=True)
class Neighbour:
    """An example near an image: its id and the cosine of their embeddings."""

    image_id: str
    similarity: float


@dataclass(frozen=True)
class EmbeddingMap:
    """Where images stand.

    Attributes:
        kind: of the map that was made; "pca" where the examples are too few or too alike for
            the kind asked for.
        places: (x, y) or (x, y, z) by id, of the examples and of the cases placed among them.
        neighbours: by id, the nearest other examples, nearest first.
        explained: the share of the examples' variance along each axis; empty where it has none.
    """

    kind: str
    places: dict[str, tuple[float, ...]]
    neighbours: dict[str, tuple[Neighbour, ...]]
    explained: tuple[float, ...] = ()

    @property
    def n_axes(self) -> int:
        """2, or 3 where the map can be turned."""
        return len(next(iter(self.places.values())))


def map_job(
    store: Store, record: AdaptationRecord, *, kind: str, cases: Sequence[StoredImage]
) -> Job:
    """The job whose result is the `EmbeddingMap` of an adaptation and these cases."""
    return find_job(_job_key(record, kind, cases)) or start_map(
        store, record, kind=kind, cases=cases
    )


def start_map(
    store: Store, record: AdaptationRecord, *, kind: str, cases: Sequence[StoredImage]
) -> Job:
    """The same job, restarted."""

    def work(progress: Progress) -> EmbeddingMap:
        adaptation = adaptation_of(store, record, lambda done, label: progress(0.1 * done, label))
        embedded = [adaptation.embeddings]
        squares = store.squares([case.id for case in cases], MODEL_SIDE)
        for done, square in enumerate(squares):
            progress(0.1 + 0.6 * done / len(cases), "cases")
            embedded.append(adaptation.classifier.embed(three_channels(square)[None]))
        progress(0.7, "map")
        projection = fit_projection(
            adaptation.embeddings.double().numpy(),
            kind,
            cases=torch.cat(embedded)[len(record.image_ids) :].double().numpy(),
            progress=lambda done, step: progress(0.7 + 0.3 * done, step),
        )
        return _map(record, projection, [case.id for case in cases], torch.cat(embedded))

    again = {"kind": "map", "adaptation_id": record.id, "projection": kind}
    key = _job_key(record, kind, cases)
    return start("map", work, key=key, plan=Plan(again=again))


def _map(
    record: AdaptationRecord, projection: Projection, case_ids: Sequence[str], embeddings: Tensor
) -> EmbeddingMap:
    """The map of embeddings (n + m, d): n examples, then m cases."""
    n = len(record.image_ids)
    ids = (*record.image_ids, *case_ids)
    points = [*projection.points.tolist(), *projection.placed.tolist()]
    return EmbeddingMap(
        kind=projection.kind,
        places={image_id: tuple(place) for image_id, place in zip(ids, points, strict=True)},
        neighbours={
            image_id: _neighbours(image_id, embedding, embeddings[:n], record)
            for image_id, embedding in zip(ids, embeddings, strict=True)
        },
        explained=projection.explained,
    )


def _neighbours(
    image_id: str, embedding: Tensor, examples: Tensor, record: AdaptationRecord
) -> tuple[Neighbour, ...]:
    """The examples nearest to an image, itself left out."""
    nearest = similar_cases(embedding, examples, list(record.labels), n=7)
    neighbours = (Neighbour(record.image_ids[case.index], case.similarity) for case in nearest)
    return tuple(neighbour for neighbour in neighbours if neighbour.image_id != image_id)[:6]


def _job_key(record: AdaptationRecord, kind: str, cases: Sequence[StoredImage]) -> str:
    content = sha256("".join(case.id for case in cases).encode()).hexdigest()
    return f"map-{record.id}-{kind}-{content}"
