"""Grid, noise and strands, on cases that can be checked by hand."""

import numpy as np
import pytest

from medmeta_core.demo.canvas import Grid, blob, blurred, draw_strand, smooth_noise, soft


def test_the_middle_of_the_grid_is_the_origin() -> None:
    grid = Grid.square(5, 0.5)
    assert grid.x[2].tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert grid.y[:, 2].tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]


def test_blurring_keeps_the_mean() -> None:
    picture = np.random.default_rng(0).random((32, 32))
    assert blurred(picture, 3.0).mean() == pytest.approx(picture.mean())


def test_noise_has_mean_0_and_variance_1() -> None:
    noise = smooth_noise(np.random.default_rng(0), Grid.square(64, 1.0), 4.0)
    assert noise.mean() == pytest.approx(0, abs=1e-12)
    assert noise.var() == pytest.approx(1)


def test_a_blob_without_wobble_is_a_disc() -> None:
    grid = Grid.square(41, 0.25)
    inside = blob(grid, 3.0, rng=np.random.default_rng(0), wobble=(0.0,)) > 0
    np.testing.assert_array_equal(inside, np.hypot(grid.x, grid.y) < 3.0)


def test_a_soft_border_is_a_half_at_the_border() -> None:
    assert soft(np.array([[-9.0, 0.0, 9.0]]), 0.5).round(6).tolist() == [[0.0, 0.5, 1.0]]


@pytest.mark.parametrize("turn", [0.0, 0.4, -1.2])
def test_a_strand_is_drawn_whole_on_a_turned_grid(turn: float) -> None:
    grid = Grid.square(80, 0.25).around((1.0, -0.5), turn=turn)
    canvas = np.zeros_like(grid.x)
    draw_strand(canvas, grid, [(-4.0, 1.0), (3.0, 2.0)], width=0.5)
    along = np.clip(((grid.x + 4) * 7 + (grid.y - 1) * 1) / 50, 0, 1)
    distance = np.hypot(grid.x + 4 - along * 7, grid.y - 1 - along * 1)
    np.testing.assert_allclose(canvas, np.exp(-((distance / 0.5) ** 2)), atol=2e-4)
