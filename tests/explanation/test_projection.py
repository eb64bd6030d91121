"""Maps of the embedding."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from medmeta_core.explanation import PROJECTIONS, fit_projection

EMBEDDINGS = np.concatenate(
    [np.random.default_rng(0).normal(centre, 0.1, (8, 6)) for centre in (0.0, 1.0)]
)


def test_pca_equals_scikit_learn_up_to_sign() -> None:
    found = fit_projection(EMBEDDINGS, "pca").points
    expected = PCA(2).fit_transform(EMBEDDINGS)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-8)


@pytest.mark.parametrize("kind", list(PROJECTIONS))
def test_the_same_seed_gives_the_same_map(kind: str) -> None:
    maps = [fit_projection(EMBEDDINGS, kind, seed=3).points for _ in range(2)]
    np.testing.assert_array_equal(maps[0], maps[1])


@pytest.mark.parametrize("kind", list(PROJECTIONS))
def test_a_new_case_stands_with_its_like_and_moves_nobody(kind: str) -> None:
    projection = fit_projection(EMBEDDINGS, kind)
    before = projection.points.copy()
    place = projection.place(EMBEDDINGS[:1] + 1e-3)[0]
    own, other = projection.points[:8].mean(0), projection.points[8:].mean(0)
    assert np.linalg.norm(place - own) < np.linalg.norm(place - other)
    np.testing.assert_array_equal(projection.points, before)


@pytest.mark.parametrize("kind", list(PROJECTIONS))
@pytest.mark.parametrize("n", [2, 3, 5])
def test_few_examples_still_give_a_map(kind: str, n: int) -> None:
    points = fit_projection(EMBEDDINGS[:n], kind).points
    assert points.shape == (n, 2)
    assert np.isfinite(points).all()


def test_an_unknown_map_is_our_own_bug() -> None:
    with pytest.raises(ValueError, match="pca"):
        fit_projection(EMBEDDINGS, "globe")
