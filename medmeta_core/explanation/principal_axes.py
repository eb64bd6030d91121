"""Principal axes: the directions along which embeddings vary most."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PrincipalAxes:
    """Axes through the mean of the embeddings that they were found in.

    Attributes:
        mean: (d,).
        directions: (n_axes, d), unit vectors; zeros for axes that too few embeddings cannot have.
        explained: the share of the variance along each axis, greatest first.
    """

    mean: Points
    directions: Points
    explained: tuple[float, ...]

    def place(self, embeddings: Points) -> Points:
        """Places (m, n_axes) of embeddings (m, d)."""
        return np.asarray((embeddings - self.mean) @ self.directions.T)


def principal_axes(embeddings: Points, n_axes: int) -> PrincipalAxes:
    """The first axes of embeddings (n, d), by singular values; signs fixed by the largest loading.

    >>> principal_axes(np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 1.0], [3.0, 1.0]]), 2).explained
    (0.9, 0.1)
    """
    mean = embeddings.mean(0)
    _, spread, directions = np.linalg.svd(embeddings - mean, full_matrices=False)
    directions = np.vstack([directions, np.zeros((n_axes, embeddings.shape[1]))])[:n_axes]
    largest = np.abs(directions).argmax(1)
    signs = np.where(directions[np.arange(n_axes), largest] < 0, -1, 1)
    variance = np.append(spread**2, np.zeros(n_axes))
    shares = variance[:n_axes] / max(variance.sum(), np.finfo(float).tiny)
    return PrincipalAxes(mean, directions * signs[:, None], tuple(np.round(shares, 6).tolist()))
