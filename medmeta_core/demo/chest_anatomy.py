"""A drawn chest: how much tissue the ray to each pixel crosses, in centimetres of water.

Seen from the front, as it hangs in the reading room: the patient's right is at the left. The
middle of the grid is the middle of the chest; y runs from the head to the feet.
"""

from dataclasses import dataclass

import numpy as np

from medmeta_core.demo.canvas import Field, Grid, draw_strand, smooth_noise, soft
from medmeta_core.demo.chest_bones import ribs, shoulder_girdle, spine
from medmeta_core.demo.chest_patient import LEFT, RIGHT, Patient, wall


@dataclass(frozen=True, eq=False)
class Chest:
    """A patient on a grid.

    Attributes:
        tissue: (h, w) cm of water that the ray to each pixel crosses.
        lungs: by side, (h, w) cm of air that it crosses.
        above_dome: by side, (h, w) cm from the dome of the diaphragm upwards.
    """

    tissue: Field
    lungs: dict[int, Field]
    above_dome: dict[int, Field]


def chest_of(patient: Patient, grid: Grid, *, breath: float) -> Chest:
    """The patient's chest; `breath` in cm pushes the diaphragm down."""
    rng = np.random.default_rng(patient.seed)
    domes = {side: _above_dome(patient, grid, side, breath=breath) for side in (RIGHT, LEFT)}
    lungs = {side: _lung(patient, grid, side, above_dome=domes[side]) for side in (RIGHT, LEFT)}
    air = np.maximum(lungs[RIGHT], lungs[LEFT])
    lung_depth = 0.60 * patient.thickness
    tissue = _trunk(patient, grid) - lung_depth * air + _abdomen(grid, rng, domes, breath=breath)
    heart = _heart(patient, grid) + _great_vessels(grid)
    tissue += heart * (0.22 + 0.78 * air) + 1.6 * np.exp(-((grid.x / 2.7) ** 4))
    tissue += spine(grid, rng) - _airways(grid)
    tissue += ribs(patient, grid, air) + shoulder_girdle(grid, rng)
    tissue += 2.0 * _vessels(grid, rng) * air + _hila(grid, rng)
    if patient.has_breasts:
        tissue += _breasts(grid, rng)
    left_over = np.clip(lung_depth - 0.78 * heart, 0, None)
    return Chest(
        np.clip(tissue, 0, None), {side: left_over * lung for side, lung in lungs.items()}, domes
    )


def _above_dome(patient: Patient, grid: Grid, side: int, *, breath: float) -> Field:
    middle = side * patient.width * 0.50
    top = 7.2 + breath + (1.1 if side == LEFT else 0.0)
    reach = patient.width * 0.56
    fall = 4.6 * (np.abs(grid.x - middle) / reach) ** 2.3
    return top + fall - grid.y


def _lung(patient: Patient, grid: Grid, side: int, *, above_dome: Field) -> Field:
    """How much lung the ray crosses, from 0 to 1."""
    x, apex = side * grid.x, -13.4
    down = np.clip((grid.y - apex) / (9.5 - apex), 0, 1.3)  # 0 at the apex, 1 at the base
    near_apex = np.sqrt(np.clip(1 - down / 0.30, 0, 1))
    outer = wall(patient, grid.y) - 1.2 * near_apex**3
    inner = 1.9 + 1.5 * near_apex**2 + (0.7 if side == LEFT else 0.4) * down
    from_wall = np.minimum((outer - x) * 0.9, (x - inner) * 1.5)
    from_apex = (grid.y - apex) * 1.3 - 0.20 * (x - 5.3) ** 2
    edge = np.minimum(np.minimum(from_wall, from_apex), above_dome * 1.6)
    depth = np.sqrt(np.clip(edge / 3.2, 0, 1))
    return soft(edge, 0.35) * (0.45 + 0.55 * depth) * (0.82 + 0.18 * np.clip(down * 1.3, 0, 1))


def _trunk(patient: Patient, grid: Grid) -> Field:
    """Neck, shoulders and trunk without anything inside."""
    flare = 1 / (1 + np.exp(-(grid.y + 14.2) * 1.6))
    half = 5.2 + (patient.width + 3.2 - 5.2) * flare + 5.0 * np.exp(-(((grid.y + 10.5) / 3.4) ** 2))
    across = np.clip(1 - (grid.x / half) ** 2, 0, 1)
    depth = patient.thickness * (0.62 + 0.38 * np.clip((grid.y + 16) / 12, 0, 1))
    return depth * across**0.42


def _heart(patient: Patient, grid: Grid) -> Field:
    here = grid.around((1.9, 5.0), turn=0.55)
    ball = 1 - (here.x / (patient.heart * 1.12)) ** 2 - (here.y / (patient.heart * 0.86)) ** 2
    return 9.5 * np.clip(ball, 0, 1) ** 0.6


def _great_vessels(grid: Grid) -> Field:
    """The aortic knob, the pulmonary trunk and the superior vena cava."""
    cm = np.zeros_like(grid.x)
    for middle, radius in (((2.2, -5.9), 2.0), ((2.6, -2.4), 2.2), ((-1.5, -4.5), 1.9)):
        here = grid.around(middle, turn=np.pi / 2, stretch=1.2)
        cm = np.maximum(cm, 5.0 * np.sqrt(np.clip(1 - (here.radius / radius) ** 2, 0, 1)))
    return cm


def _airways(grid: Grid) -> Field:
    """The air of the windpipe and its two main bronchi."""
    pipe = np.zeros_like(grid.x)
    draw_strand(pipe, grid, [(0.1, -18.0), (0.1, -4.2)], width=0.85)
    for end in ((-3.0, -1.2), (3.4, -1.6)):
        draw_strand(pipe, grid, [(0.1, -4.2), end], width=0.6)
    return 2.2 * pipe


def _hila(grid: Grid, rng: np.random.Generator) -> Field:
    texture = 1 + 0.35 * smooth_noise(rng, grid, 0.9)
    right = np.exp(-(((grid.x + 3.9) / 1.3) ** 2 + ((grid.y - 0.3) / 2.4) ** 2))
    left = np.exp(-(((grid.x - 4.1) / 1.2) ** 2 + ((grid.y + 0.9) / 2.0) ** 2))
    return 3.0 * (right + left) * texture


def _vessels(grid: Grid, rng: np.random.Generator) -> Field:
    """Branching from both hila, thinner towards the wall."""
    canvas = np.zeros_like(grid.x)
    for side in (RIGHT, LEFT):
        for heading in np.linspace(-1.25, 1.45, 8) + rng.normal(0, 0.1, 8):
            _branch(canvas, grid, rng, stem=(side * 3.2, 0.2, heading), side=side, order=0)
    return canvas


def _branch(
    canvas: Field,
    grid: Grid,
    rng: np.random.Generator,
    *,
    stem: tuple[float, float, float],
    side: int,
    order: int,
) -> None:
    x, y, heading = stem
    length, width = 4.4 * 0.72**order * rng.uniform(0.7, 1.2), 0.34 * 0.68**order
    bent = heading + rng.normal(0, 0.2)
    middle = (x + side * np.cos(heading) * length / 2, y + np.sin(heading) * length / 2)
    end = (middle[0] + side * np.cos(bent) * length / 2, middle[1] + np.sin(bent) * length / 2)
    piece = np.zeros_like(canvas)
    draw_strand(piece, grid, [(x, y), middle, end], width=width)
    np.maximum(canvas, piece * 0.8**order, out=canvas)
    if order < 3:
        for turn in (-1, 1):
            next_heading = bent + turn * rng.uniform(0.2, 0.6)
            _branch(canvas, grid, rng, stem=(*end, next_heading), side=side, order=order + 1)


def _abdomen(
    grid: Grid, rng: np.random.Generator, domes: dict[int, Field], *, breath: float
) -> Field:
    """Liver and spleen, and the gas of the stomach under the left dome."""
    size = rng.uniform(1.3, 2.4)
    gas = grid.around((5.2, 11.0 + breath), stretch=1.25).radius
    bubble = np.sqrt(np.clip(1 - (gas / size) ** 2, 0, 1)) * soft(-0.6 - domes[LEFT], 0.5)
    under = sum(soft(-domes[side], 0.4) * soft(side * grid.x, 1.5) for side in (RIGHT, LEFT))
    return under * 0.5 - 2.4 * bubble


def _breasts(grid: Grid, rng: np.random.Generator) -> Field:
    size, level = rng.uniform(5.0, 6.2), rng.uniform(4.2, 6.0)
    cm = np.zeros_like(grid.x)
    for side in (RIGHT, LEFT):
        distance = grid.around((side * 8.2, level)).radius
        cm += 3.4 * np.sqrt(np.clip(1 - (distance / size) ** 2, 0, 1))
    return cm
