"""White cells as a stained smear shows them: one painter for each condition."""

from collections.abc import Callable

import numpy as np

from medmeta_core.demo.canvas import (
    Field,
    Grid,
    Point,
    blob,
    blurred,
    draw_strand,
    smooth_noise,
    soft,
)
from medmeta_core.demo.staining import Dyes

Painter = Callable[[Grid, np.random.Generator], Dyes]


def lymphocyte(grid: Grid, rng: np.random.Generator) -> Dyes:
    """Small and round: clumped chromatin fills the cell but for a rim of clear blue."""
    radius = rng.uniform(4.2, 5.6)
    cell = blob(grid, radius, rng=rng, wobble=(0.03, 0.03, 0.02, 0.02))
    offset = radius * rng.uniform(0.02, 0.14)
    core = blob(
        _shifted(grid, rng, offset),
        radius * rng.uniform(0.78, 0.9),
        rng=rng,
        wobble=(0.05, 0.03, 0.02),
    )
    dent = blob(_shifted(grid, rng, radius * 1.02), radius * 0.27, rng=rng, wobble=(0.1,))
    core = np.minimum(core, cell - 0.1)
    core = np.minimum(core, -dent) if rng.random() < 0.4 else core
    grains = _granules(grid, rng, soft(np.minimum(cell, -core), 0.3), spacing=2.0, radius=0.2)
    return {
        "chromatin": _chromatin(grid, rng, core, clump=1.2, contrast=0.22),
        "basophilia": _cytoplasm(grid, rng, cell, core) * rng.uniform(0.45, 0.8),
        "azurophil": grains * (0.8 if rng.random() < 0.3 else 0.0),
    }


def neutrophil(grid: Grid, rng: np.random.Generator) -> Dyes:
    """Two to five lobes on thin bridges in a pale, finely granular, pinkish cytoplasm."""
    radius = rng.uniform(5.9, 7.3)
    cell = blob(grid, radius, rng=rng, wobble=(0.05, 0.04, 0.03, 0.02))
    lobes = rng.choice((2, 3, 4, 5), p=(0.1, 0.4, 0.35, 0.15))
    core = _lobed(grid, rng, _arc(rng, radius=radius * 0.46, n_lobes=lobes), size=radius * 0.29)
    core = np.minimum(core, cell - 0.3)
    around = soft(np.minimum(cell, -core), 0.3)
    fine = _granules(grid, rng, around, spacing=0.55, radius=0.13)
    return {
        "chromatin": _chromatin(grid, rng, core, clump=1.0, contrast=0.2),
        "basophilia": _cytoplasm(grid, rng, cell, core) * rng.uniform(0.08, 0.2),
        "azurophil": fine * rng.uniform(0.22, 0.5) + 0.10 * around,
        "eosin": around * rng.uniform(0.02, 0.12),
    }


def eosinophil(grid: Grid, rng: np.random.Generator) -> Dyes:
    """Two lobes as a rule, among coarse orange-red granules that fill the cell."""
    radius = rng.uniform(6.0, 7.4)
    cell = blob(grid, radius, rng=rng, wobble=(0.05, 0.05, 0.03, 0.02))
    lobes = rng.choice((2, 3), p=(0.8, 0.2))
    core = _lobed(grid, rng, _arc(rng, radius=radius * 0.45, n_lobes=lobes), size=radius * 0.36)
    core = np.minimum(core, cell - 0.3)
    around = soft(np.minimum(cell, -core), 0.3)
    coarse = _granules(grid, rng, around, spacing=0.66, radius=0.27)
    return {
        "chromatin": _chromatin(grid, rng, core, clump=1.1, contrast=0.18),
        "basophilia": _cytoplasm(grid, rng, cell, core) * rng.uniform(0.05, 0.2),
        "eosin": np.tanh(coarse * 1.2) * rng.uniform(0.65, 1.1) + 0.14 * around,
    }


def blast(grid: Grid, rng: np.random.Generator) -> Dyes:
    """Large, with fine open chromatin, pale nucleoli and a narrow rim of deep blue."""
    radius = rng.uniform(6.6, 8.3)
    cell = blob(grid, radius, rng=rng, wobble=(0.05, 0.05, 0.03, 0.02, 0.015))
    core = blob(
        _shifted(grid, rng, radius * rng.uniform(0.03, 0.15)),
        radius * rng.uniform(0.74, 0.86),
        rng=rng,
        wobble=(0.06, 0.06, 0.03),
    )
    core = np.minimum(core, cell - 0.25)
    nucleoli = _nucleoli(grid, rng, core, count=int(rng.integers(1, 4)))
    rod = np.zeros_like(grid.x)
    if rng.random() < 0.25:  # an Auer rod
        x, y = _on_circle(rng, radius * 0.8)
        draw_strand(rod, grid, [(x, y), (x * 0.9 - y * 0.2, y * 0.9 + x * 0.2)], width=0.16)
    chromatin = _chromatin(grid, rng, core, clump=0.55, contrast=0.10)
    return {
        "chromatin": chromatin * (rng.uniform(0.68, 0.85) - 0.42 * nucleoli),
        "basophilia": _cytoplasm(grid, rng, cell, core) * rng.uniform(0.9, 1.35) + 0.3 * nucleoli,
        "azurophil": rod * soft(np.minimum(cell, -core), 0.2),
    }


def hairy_cell(grid: Grid, rng: np.random.Generator) -> Dyes:
    """An oval or bean-shaped nucleus in a wide grey-blue cytoplasm that frays into hairs."""
    radius = rng.uniform(5.6, 6.8)
    cell = blob(grid, radius, rng=rng, wobble=(0.07, 0.05, 0.04, 0.03, 0.02, 0.02, 0.02))
    seat = _shifted(grid, rng, radius * rng.uniform(0.1, 0.25))
    oval = Grid(seat.x, seat.y, seat.step).around(
        (0, 0), turn=rng.uniform(0, np.pi), stretch=rng.uniform(1.05, 1.25)
    )
    core = blob(oval, radius * rng.uniform(0.54, 0.64), rng=rng, wobble=(0.04, 0.03))
    if rng.random() < 0.5:  # bean-shaped
        core = np.minimum(
            core, -blob(oval.around((0, radius * 0.7)), radius * 0.3, rng=rng, wobble=(0.1,))
        )
    core = np.minimum(core, cell - 0.3)
    hairs = _hairs(grid, rng, radius)
    body = _cytoplasm(grid, rng, cell, core)
    return {
        "chromatin": _chromatin(grid, rng, core, clump=0.8, contrast=0.13)
        * rng.uniform(0.75, 0.95),
        "basophilia": np.maximum(body, hairs) * rng.uniform(0.45, 0.75),
        "azurophil": np.maximum(body, hairs) * rng.uniform(0.02, 0.12),
    }


WHITE_CELLS: dict[str, Painter] = {
    "Lymphocyte-like": lymphocyte,
    "Neutrophil-like": neutrophil,
    "Eosinophil-like": eosinophil,
    "Blast-like (rare)": blast,
    "Hairy-cell-like (rare)": hairy_cell,
}


def _on_circle(rng: np.random.Generator, radius: float) -> Point:
    angle = rng.uniform(0, 2 * np.pi)
    return float(radius * np.cos(angle)), float(radius * np.sin(angle))


def _shifted(grid: Grid, rng: np.random.Generator, distance: float) -> Grid:
    return grid.around(_on_circle(rng, distance))


def _arc(rng: np.random.Generator, *, radius: float, n_lobes: int) -> list[Point]:
    """Middles of lobes along a horseshoe."""
    start, sense = rng.uniform(0, 2 * np.pi), rng.choice((-1, 1))
    step = rng.uniform(1.15, 1.5) if n_lobes > 2 else rng.uniform(1.6, 2.6)
    angles = start + sense * step * np.arange(n_lobes) + rng.normal(0, 0.12, n_lobes)
    radii = radius * rng.normal(1, 0.12, n_lobes)
    return [
        (float(r * np.cos(a)), float(r * np.sin(a))) for r, a in zip(radii, angles, strict=True)
    ]


def _lobed(grid: Grid, rng: np.random.Generator, middles: list[Point], *, size: float) -> Field:
    distance = np.full_like(grid.x, -np.inf)
    for middle in middles:
        along = np.arctan2(middle[1], middle[0]) + np.pi / 2 + rng.normal(0, 0.3)
        here = grid.around(middle, turn=along, stretch=rng.uniform(1.0, 1.3))
        lobe = blob(here, size * rng.uniform(0.85, 1.12), rng=rng, wobble=(0.1, 0.07, 0.04))
        distance = np.maximum(distance, lobe)
    bridge = np.zeros_like(grid.x)
    draw_strand(bridge, grid, middles, width=rng.uniform(0.35, 0.7))
    return np.maximum(distance, (bridge - 0.4) * 0.8)


def _chromatin(
    grid: Grid, rng: np.random.Generator, core: Field, *, clump: float, contrast: float
) -> Field:
    """Density of a nucleus: clumps of about `clump` micrometres, a dense membrane."""
    texture = np.tanh(1.5 * smooth_noise(rng, grid, clump))
    fine = smooth_noise(rng, grid, 0.28)
    membrane = np.exp(-((core / 0.28) ** 2))
    shading = 0.06 * smooth_noise(rng, grid, 3.0)
    return soft(core, 0.3) * (0.92 + contrast * texture + 0.05 * fine + 0.12 * membrane + shading)


def _cytoplasm(grid: Grid, rng: np.random.Generator, cell: Field, core: Field) -> Field:
    """Density of what lies between the nucleus and the cell's border; paler beside the nucleus."""
    texture = 1 + 0.14 * smooth_noise(rng, grid, 0.9) + 0.08 * smooth_noise(rng, grid, 0.3)
    halo = 1 - 0.35 * np.exp(-((np.minimum(core, 0) / 0.6) ** 2))
    border = 1 + 0.35 * np.exp(-((cell / 0.4) ** 2))
    return soft(cell, 0.35) * texture * halo * border * soft(-core, 0.3)


def _granules(
    grid: Grid, rng: np.random.Generator, where: Field, *, spacing: float, radius: float
) -> Field:
    """Round grains of `radius`, on average one for each square of `spacing`, where `where` is 1."""
    share = (grid.step / spacing) ** 2
    seeds = (rng.random(grid.x.shape) < share) * rng.uniform(0.6, 1.3, grid.x.shape)
    sigma = radius / grid.step
    return blurred(seeds, sigma) * 2 * np.pi * sigma**2 * where


def _nucleoli(grid: Grid, rng: np.random.Generator, core: Field, *, count: int) -> Field:
    pale = np.zeros_like(grid.x)
    for _ in range(count):
        here = _shifted(grid, rng, rng.uniform(0.8, 3.4))
        spot = blob(here, rng.uniform(0.7, 1.2), rng=rng, wobble=(0.1, 0.08))
        pale = np.maximum(pale, soft(spot, 0.5))
    return pale * soft(core - 0.5, 0.5)


def _hairs(grid: Grid, rng: np.random.Generator, radius: float) -> Field:
    """Fine projections all around, some of them broad and ruffled."""
    canvas = np.zeros_like(grid.x)
    angles = np.linspace(0, 2 * np.pi, int(rng.integers(30, 48)), endpoint=False)
    for angle in angles + rng.normal(0, 0.1, angles.size):
        radii = np.linspace(radius * 0.8, radius + rng.gamma(3.0, 0.42), 5)
        bent = angle + rng.normal(0, 0.16) * np.linspace(-0.3, 1, 5) ** 2
        points = list(
            zip((radii * np.cos(bent)).tolist(), (radii * np.sin(bent)).tolist(), strict=True)
        )
        draw_strand(canvas, grid, points, width=rng.uniform(0.2, 0.5))
    return canvas * np.clip(1.7 - 0.9 * grid.radius / radius, 0.35, 0.8)
