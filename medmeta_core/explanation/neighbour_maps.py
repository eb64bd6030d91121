"""Maps that keep neighbours together: t-SNE and UMAP, with new cases placed among the examples.

Both run C code that can crash, hang, or take long: `projection_process` runs them apart.
"""

from typing import Any

import numpy as np

from medmeta_core.explanation.principal_axes import Points


def tsne(embeddings: Points, cases: Points, seed: int) -> tuple[Points, Points]:
    """Points (n, 2) of embeddings (n, d) by t-SNE, and (m, 2) of cases (m, d).

    t-SNE has no rule for new points: a case stands at the mean of its nearest examples' points,
    weighted by similarity (van der Maaten and Hinton 2008, JMLR 9:2579).
    """
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(embeddings) - 1) / 3)
    fitted = TSNE(perplexity=perplexity, init="pca", metric="cosine", random_state=seed)
    points = np.asarray(fitted.fit_transform(embeddings), np.float64)
    return points, among_neighbours(cases, embeddings, points)


def umap(embeddings: Points, cases: Points, seed: int) -> tuple[Points, Points]:
    """The same by UMAP and its own transform (McInnes, Healy, Melville 2018, arXiv:1802.03426)."""
    from umap import UMAP

    fitted: Any = UMAP(
        n_neighbors=min(15, len(embeddings) - 1),
        metric="cosine",
        init="random",
        random_state=seed,
        n_jobs=1,
    )
    points = np.asarray(fitted.fit_transform(embeddings), np.float64)
    placed = fitted.transform(cases) if len(cases) else np.empty((0, 2))
    return points, np.asarray(placed, np.float64)


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


NEIGHBOUR_MAPS = {"tsne": tsne, "umap": umap}
