"""A map of the embedding in two or three dimensions, on which new cases find their place."""

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from medmeta_core.explanation.neighbour_maps import NEIGHBOUR_MAPS
from medmeta_core.explanation.principal_axes import Points, principal_axes
from medmeta_core.explanation.projection_process import project_apart
from medmeta_core.numerics import finite, numerical_failures
from medmeta_core.progress import Progress, silent

PROJECTIONS = ("pca", "tsne", "umap", "pca-3d")

FEWEST = 5
"""Different examples without which no neighbourhood can be drawn."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Points of the examples, and of cases placed among them without moving them.

    Attributes:
        kind: of the map that was made: "pca" in the place of t-SNE and UMAP where fewer than
            FEWEST examples are different, "tsne" in that of UMAP where it is not installed.
        points: (n, 2), or (n, 3) of "pca-3d".
        placed: (m, 2 or 3) of the cases.
        explained: the share of the variance along each axis; empty where axes have none.
    """

    kind: str
    points: Points
    placed: Points
    explained: tuple[float, ...] = ()


def installed_projections() -> tuple[str, ...]:
    """The kinds of maps that can be made here: UMAP is an extra, `medmeta[umap]`."""
    return tuple(kind for kind in PROJECTIONS if kind != "umap" or find_spec("umap") is not None)


def fit_projection(
    embeddings: Points,
    kind: str,
    *,
    cases: Points | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Projection:
    """A map of embeddings (n, d) and cases (m, d); the same seed gives the same map.

    Raises:
        ValueError: an unknown kind.
        NumericalError: it cannot be computed.
        Stopped: the progress listener stopped the work; the process that drew the map is ended.
    """
    if kind not in PROJECTIONS:
        raise ValueError(f"kind: expected one of {', '.join(PROJECTIONS)}, actual {kind}")
    if kind not in installed_projections():
        kind = "tsne"
    embeddings = finite(np.asarray(embeddings, np.float64))
    cases = finite(np.asarray(np.empty((0, embeddings.shape[1])) if cases is None else cases))
    if kind not in NEIGHBOUR_MAPS or n_different(embeddings) < FEWEST:
        return _principal(embeddings, cases, "pca-3d" if kind == "pca-3d" else "pca")
    points, placed = project_apart(kind, (embeddings, cases), seed=seed, progress=progress)
    return Projection(kind, finite(points), finite(placed))


def n_different(embeddings: Points) -> int:
    """How many of the embeddings (n, d) have directions of their own.

    >>> n_different(np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]))
    2
    """
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    directions = embeddings / np.maximum(lengths, np.finfo(float).tiny)
    return len(np.unique(directions.round(6), axis=0))


def _principal(embeddings: Points, cases: Points, kind: str) -> Projection:
    with numerical_failures():
        axes = principal_axes(embeddings, 3 if kind == "pca-3d" else 2)
    return Projection(kind, axes.place(embeddings), axes.place(cases), axes.explained)
