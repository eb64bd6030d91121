"""Maps of the embedding."""

import os
import signal
import sys
import threading

import numpy as np
import pytest
from sklearn.decomposition import PCA

from medmeta_core.errors import NumericalError, Stopped
from medmeta_core.explanation import (
    PROJECTIONS,
    fit_projection,
    installed_projections,
    projection_process,
)

EMBEDDINGS = np.concatenate(
    [np.random.default_rng(0).normal(centre, 0.1, (8, 6)) for centre in (0.0, 1.0)]
)


@pytest.mark.parametrize(("kind", "n_axes"), [("pca", 2), ("pca-3d", 3)])
def test_pca_equals_scikit_learn_up_to_sign(kind: str, n_axes: int) -> None:
    projection = fit_projection(EMBEDDINGS, kind)
    expected = PCA(n_axes).fit(EMBEDDINGS)
    np.testing.assert_allclose(
        np.abs(projection.points), np.abs(expected.transform(EMBEDDINGS)), atol=1e-8
    )
    np.testing.assert_allclose(projection.explained, expected.explained_variance_ratio_, atol=1e-6)


def test_the_third_axis_leaves_the_first_two_as_they_are() -> None:
    flat, deep = (fit_projection(EMBEDDINGS, kind) for kind in ("pca", "pca-3d"))
    np.testing.assert_array_equal(flat.points, deep.points[:, :2])
    assert flat.explained == deep.explained[:2]


def test_two_examples_explain_everything_along_one_axis() -> None:
    assert fit_projection(EMBEDDINGS[:2], "pca-3d").explained == (1.0, 0.0, 0.0)


def test_equal_examples_explain_nothing() -> None:
    projection = fit_projection(np.ones((3, 6)), "pca-3d")
    assert projection.explained == (0.0, 0.0, 0.0)
    assert not projection.points.any()


def test_in_the_place_of_umap_t_sne_is_made_where_umap_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert installed_projections() == PROJECTIONS
    monkeypatch.setitem(sys.modules, "umap", None)  # to Python: there is no such package
    assert installed_projections() == ("pca", "tsne", "pca-3d")
    assert fit_projection(EMBEDDINGS, "umap").kind == "tsne"


@pytest.mark.parametrize("kind", PROJECTIONS)
def test_the_same_seed_gives_the_same_map(kind: str) -> None:
    maps = [fit_projection(EMBEDDINGS, kind, seed=3).points for _ in range(2)]
    np.testing.assert_array_equal(maps[0], maps[1])


@pytest.mark.parametrize("kind", PROJECTIONS)
def test_a_new_case_stands_with_its_like_and_moves_nobody(kind: str) -> None:
    alone = fit_projection(EMBEDDINGS, kind)
    projection = fit_projection(EMBEDDINGS, kind, cases=EMBEDDINGS[:1] + 1e-3)
    same, other = projection.points[:8].mean(0), projection.points[8:].mean(0)
    place = projection.placed[0]
    assert np.linalg.norm(place - same) < np.linalg.norm(place - other)
    np.testing.assert_array_equal(projection.points, alone.points)
    assert alone.placed.shape == (0, projection.points.shape[1])


@pytest.mark.parametrize("kind", PROJECTIONS)
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_few_examples_still_give_a_map(kind: str, n: int) -> None:
    points = fit_projection(EMBEDDINGS[:n], kind).points
    assert points.shape == (n, 3 if kind == "pca-3d" else 2)
    assert np.isfinite(points).all()


@pytest.mark.parametrize("kind", PROJECTIONS)
@pytest.mark.parametrize("n_different", [1, 2, 4])
def test_copies_give_a_map_by_principal_components(kind: str, n_different: int) -> None:
    copies = np.repeat(EMBEDDINGS[:n_different], 12, axis=0)
    projection = fit_projection(copies, kind, cases=EMBEDDINGS[-1:])
    assert projection.kind == ("pca-3d" if kind == "pca-3d" else "pca")
    assert np.isfinite(projection.points).all() and np.isfinite(projection.placed).all()


@pytest.mark.parametrize("kind", PROJECTIONS)
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_numbers_that_are_none_end_in_a_sentence(kind: str, wrong: float) -> None:
    with pytest.raises(NumericalError):
        fit_projection(np.where(EMBEDDINGS[0, 0] == EMBEDDINGS, wrong, EMBEDDINGS), kind)


def test_a_process_that_dies_is_a_sentence_and_the_next_map_is_drawn() -> None:
    fit_projection(EMBEDDINGS, "tsne")  # its process is idle now
    (idle,) = projection_process._idle

    def kill(_fraction: float, _step: str) -> None:
        os.kill(idle._process.pid, signal.SIGSEGV)

    many = np.random.default_rng(1).normal(size=(3_000, 8))
    with pytest.raises(NumericalError):
        fit_projection(many, "tsne", progress=kill)
    assert fit_projection(EMBEDDINGS, "tsne").kind == "tsne"


def test_an_idle_process_that_was_lost_is_replaced() -> None:
    fit_projection(EMBEDDINGS, "tsne")
    (idle,) = projection_process._idle
    os.kill(idle._process.pid, signal.SIGKILL)
    idle._process.wait()
    assert fit_projection(EMBEDDINGS, "tsne").kind == "tsne"


def test_stop_ends_the_process_in_the_midst_of_a_fit() -> None:
    fit_projection(EMBEDDINGS, "tsne")
    (idle,) = projection_process._idle
    fractions = list[float]()

    def stop_at_third(fraction: float, _step: str) -> None:
        fractions.append(fraction)
        if len(fractions) == 3:
            raise Stopped

    many = np.random.default_rng(1).normal(size=(3_000, 8))  # a fit of several seconds
    with pytest.raises(Stopped):
        fit_projection(many, "tsne", progress=stop_at_third)
    assert not idle.is_alive
    assert fractions == sorted(fractions) and fractions[0] < fractions[-1] < 1  # the bar moves


def test_two_maps_can_be_drawn_at_once() -> None:
    kinds = list[str]()
    threads = [
        threading.Thread(target=lambda: kinds.append(fit_projection(EMBEDDINGS, "tsne").kind))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kinds == ["tsne", "tsne"]
    assert len(projection_process._idle) == 1


def test_an_unknown_map_is_an_internal_error() -> None:
    with pytest.raises(ValueError, match="pca"):
        fit_projection(EMBEDDINGS, "globe")
