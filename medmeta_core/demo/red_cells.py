"""The red cells and platelets around a white cell."""

import numpy as np

from medmeta_core.demo.canvas import Field, Grid, Point, blob, smooth_noise, soft
from medmeta_core.demo.staining import Dyes


def red_cell_field(grid: Grid, rng: np.random.Generator, *, free_radius: float) -> Dyes:
    """Dyes of a field of red cells with a place of `free_radius` micrometres in the middle."""
    haemoglobin = np.zeros_like(grid.x)
    size = rng.normal(3.6, 0.15)
    for centre in _places(grid, rng, free_radius=free_radius, distance=rng.uniform(5.6, 8.2)):
        box = grid.box(centre, reach=6.0)
        radius = size * rng.normal(1, 0.06)
        haemoglobin[box] += red_cell(grid.part(box), rng, centre=centre, radius=radius)
    chromatin = np.zeros_like(grid.x)
    for _ in range(rng.poisson(1.6)):
        chromatin += _platelet(grid, rng, _emptiest(grid, rng, haemoglobin, free_radius))
    return {"haemoglobin": haemoglobin, "chromatin": chromatin}


def red_cell(grid: Grid, rng: np.random.Generator, *, centre: Point, radius: float) -> Field:
    """Thickness of one red cell beside that of its rim: the biconcave disc of Evans and Fung.

    Evans, Fung: Improved measurements of the erythrocyte geometry, Microvascular Research, 1972.
    """
    here = grid.around(centre, turn=rng.uniform(0, np.pi), stretch=rng.lognormal(0, 0.07))
    depth = blob(here, radius, rng=rng, wobble=(0.03, 0.03, 0.015, 0.012))
    rho = np.clip(1 - depth / radius, 0, 1) ** 2
    hollow = rng.uniform(0.35, 1.0)
    disc = np.sqrt(1 - rho) * (0.207 + 2.003 * rho - 1.123 * rho**2) / 0.62
    ball = np.sqrt(1 - rho)
    thickness = hollow * disc + (1 - hollow) * ball
    refraction = 0.22 * np.exp(-((depth / 0.18) ** 2)) - 0.10 * np.exp(
        -(((depth + 0.4) / 0.25) ** 2)
    )
    return (thickness + refraction) * rng.uniform(0.85, 1.15)


def _places(
    grid: Grid, rng: np.random.Generator, *, free_radius: float, distance: float
) -> list[Point]:
    half = grid.step * grid.x.shape[0] / 2 + 3
    places: list[Point] = []
    for x, y in rng.uniform(-half, half, size=(160, 2)):
        near = min((np.hypot(x - px, y - py) for px, py in places), default=np.inf)
        if np.hypot(x, y) > free_radius + 2.9 and near > distance:
            places.append((float(x), float(y)))
    return places


def _emptiest(
    grid: Grid, rng: np.random.Generator, haemoglobin: Field, free_radius: float
) -> Point:
    """The point with the fewest red cells among a few at random."""

    def crowding(place: Point) -> float:
        return float(haemoglobin[grid.box(place, reach=1.2)].sum())

    angles, far = rng.uniform(0, 2 * np.pi, 12), rng.uniform(free_radius + 2, 14, 12)
    places = zip(far * np.cos(angles), far * np.sin(angles), strict=True)
    return min(((float(x), float(y)) for x, y in places), key=crowding)


def _platelet(grid: Grid, rng: np.random.Generator, place: Point) -> Field:
    outline = blob(grid.around(place), rng.uniform(0.7, 1.3), rng=rng, wobble=(0.12, 0.1, 0.08))
    texture = smooth_noise(rng, grid, 0.45)
    return soft(outline, 0.5) * np.clip(0.38 + 0.22 * texture, 0.1, 1)
