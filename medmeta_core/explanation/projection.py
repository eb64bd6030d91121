"""A map of the embedding in two or three dimensions, on which new cases find their place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from medmeta_core.explanation.principal_axes import Points, principal_axes

Place = Callable[[Points], Points]


@dataclass(frozen=True, eq=False)
class Projection:
    """Points of the examples and a way to place further ones without moving them.

    Attributes:
        points: (n, 2), or (n, 3) of "pca-3d".
        place: embeddings (m, d) → (m, 2 or 3). PCA and UMAP by their own transform; t-SNE has
            none, so a case stands at the mean of its nearest examples' points, weighted by
            similarity.
        explained: the share of the variance along each axis; empty where axes have none.
    """

    points: Points
    place: Place
    explained: tuple[float, ...] = ()


def fit_projection(embeddings: Points, kind: str, *, seed: int = 0) -> Projection:
    """A map of embeddings (n, d); the same seed gives the same map.

    Raises:
        ValueError: an unknown kind.
    """
    if kind not in PROJECTIONS:
        raise ValueError(f"kind: expected one of {', '.join(PROJECTIONS)}, actual {kind}")
    return PROJECTIONS[kind](np.asarray(embeddings, np.float64), seed)


def _pca(embeddings: Points, _seed: int, n_axes: int = 2) -> Projection:
    axes = principal_axes(embeddings, n_axes)
    return Projection(axes.place(embeddings), axes.place, axes.explained)


def _pca_3d(embeddings: Points, seed: int) -> Projection:
    return _pca(embeddings, seed, n_axes=3)


def _tsne(embeddings: Points, seed: int) -> Projection:
    from sklearn.manifold import TSNE

    if len(embeddings) < 5:  # too few for any perplexity
        return _pca(embeddings, seed)
    perplexity = min(30.0, (len(embeddings) - 1) / 3)
    fitted = TSNE(perplexity=perplexity, init="pca", metric="cosine", random_state=seed)
    points = np.asarray(fitted.fit_transform(embeddings), np.float64)

    def place(new: Points) -> Points:
        return among_neighbours(new, embeddings, points)

    return Projection(points, place)


def _umap(embeddings: Points, seed: int) -> Projection:
    from umap import UMAP

    if len(embeddings) < 5:
        return _pca(embeddings, seed)
    fitted: Any = UMAP(
        n_neighbors=min(15, len(embeddings) - 1),
        metric="cosine",
        init="random",
        random_state=seed,
        n_jobs=1,
    )
    points = np.asarray(fitted.fit_transform(embeddings), np.float64)

    def place(new: Points) -> Points:
        return np.asarray(fitted.transform(new), np.float64)

    return Projection(points, place)


def among_neighbours(new: Points, embeddings: Points, points: Points, *, k: int = 5) -> Points:
    """Places (m, 2) of new embeddings (m, d): the mean of their k nearest examples' points,
    each weighted by exp(-distance / least distance).

    >>> examples, points = np.eye(2), np.array([[0.0, 0.0], [4.0, 0.0]])
    >>> among_neighbours(np.array([[1.0, 0.0]]), examples, points, k=1).tolist()
    [[0.0, 0.0]]
    """
    gaps = np.linalg.norm(new[:, None] - embeddings[None], axis=-1)  # (m, n)
    nearest = np.argsort(gaps, axis=1)[:, : min(k, len(embeddings))]
    near = np.take_along_axis(gaps, nearest, axis=1)
    weights = np.exp(-near / np.maximum(near[:, :1], 1e-9))
    weights /= weights.sum(1, keepdims=True)
    return np.asarray((weights[..., None] * points[nearest]).sum(1))


PROJECTIONS: dict[str, Callable[[Points, int], Projection]] = {
    "pca": _pca,
    "tsne": _tsne,
    "umap": _umap,
    "pca-3d": _pca_3d,
}
