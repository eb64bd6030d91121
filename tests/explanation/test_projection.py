"""Maps of the embedding."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from medmeta_core.explanation import PROJECTIONS, fit_projection

EMBEDDINGS = np.concatenate(
    [np.random.default_rng(0).normal(centre, 0.1, (8, 6)) for centre in (0.0, 1.0)]
)


@pytest.mark.parametrize(("kind", "n_axes"), [("pca", 2), ("pca-3d", 3)])
def test_pca_equals_scikit_learn_up_to_sign(kind: str, n_axes: int) -> None:
    found = fit_projection(EMBEDDINGS, kind)
    expected = PCA(n_axes).fit(EMBEDDINGS)
    np.testing.assert_allclose(
        np.abs(found.points), np.abs(expected.transform(EMBEDDINGS)), atol=1e-8
    )
    np.testing.assert_allclose(found.explained, expected.explained_variance_ratio_, atol=1e-6)


def test_the_third_axis_leaves_the_first_two_as_they_are() -> None:
    flat, deep = (fit_projection(EMBEDDINGS, kind) for kind in ("pca", "pca-3d"))
    np.testing.assert_array_equal(flat.points, deep.points[:, :2])
    assert flat.explained == deep.explained[:2]


def test_two_examples_explain_everything_along_one_axis() -> None:
    assert fit_projection(EMBEDDINGS[:2], "pca-3d").explained == (1.0, 0.0, 0.0)


def test_equal_examples_explain_nothing() -> None:
    found = fit_projection(np.ones((3, 6)), "pca-3d")
    assert found.explained == (0.0, 0.0, 0.0)
    assert not found.points.any()


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
    assert points.shape == (n, 3 if kind == "pca-3d" else 2)
    assert np.isfinite(points).all()


def test_an_unknown_map_is_our_own_bug() -> None:
    with pytest.raises(ValueError, match="pca"):
        fit_projection(EMBEDDINGS, "globe")
