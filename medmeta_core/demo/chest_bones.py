"""The bones of a drawn chest: cm of water that each adds to the ray's way."""

import numpy as np

from medmeta_core.demo.canvas import Field, Grid, draw_strand, soft
from medmeta_core.demo.chest_patient import LEFT, RIGHT, Patient, wall


def spine(grid: Grid, rng: np.random.Generator) -> Field:
    """Vertebral bodies with their end plates, pedicles and spinous processes."""
    curve = 0.25 * np.sin(grid.y / 9 + rng.uniform(0, 6))
    x = grid.x - curve
    body = np.clip(1 - (np.abs(x) / 1.75) ** 6, 0, 1)
    height = 2.1 + 0.02 * grid.y
    phase = np.mod(grid.y / height, 1.0)
    plates = np.exp(-((np.minimum(phase, 1 - phase) / 0.09) ** 2))
    pedicles = np.exp(-(((np.abs(x) - 1.15) / 0.32) ** 2 + ((phase - 0.4) / 0.2) ** 2))
    process = np.exp(-((x / 0.3) ** 2 + ((phase - 0.75) / 0.22) ** 2))
    bone: Field = 0.9 * body * (1 + 0.7 * plates) + 1.5 * pedicles + 1.2 * process
    return bone


def ribs(patient: Patient, grid: Grid, air: Field) -> Field:
    """Ten pairs, each an arch from the spine round the chest wall and down to the front."""
    bone = np.zeros_like(grid.x)
    for side in (RIGHT, LEFT):
        x = side * grid.x
        for number in range(10):
            start = -12.6 + 2.35 * number
            reach = float(wall(patient, start + 2.0)) - 0.25 - 2.2 * (number == 0)
            bone += _rib(x, grid.y, start=start, reach=reach, slope=patient.rib_slope)
    return bone * (0.55 + 0.45 * np.clip(air * 1.5, 0, 1))


def _rib(x: Field, y: Field, *, start: float, reach: float, slope: float) -> Field:
    along = np.clip((x - 1.6) / (reach - 1.6), 0, 1)
    behind = start - 1.15 * np.sin(np.pi * np.clip(along * 1.25, 0, 1)) + 2.7 * slope * along**2.4
    front = start + 2.7 * slope + 4.6 * slope * np.sqrt(np.clip(1 - along**2.2, 0, 1))
    inside = soft(x - 1.5, 0.5) * soft(reach - x, 0.25)
    fading = np.clip((along - 0.36) / 0.2, 0, 1)  # cartilage casts no shadow
    return inside * (2.6 * _bar(y, behind, along) + 1.7 * fading * _bar(y, front, along))


def _bar(y: Field, middle: Field, along: Field) -> Field:
    """A bone of about 1.1 cm across whose dense borders show."""
    steep = np.hypot(1, np.gradient(middle, axis=1) / 0.12)
    offset = np.abs(y - middle) / np.clip(steep, 1, 3.5)
    shaft = soft(0.5 - offset, 0.22)
    bone: Field = (
        shaft * (0.62 + 0.5 * np.exp(-(((offset - 0.42) / 0.14) ** 2))) * (1 - 0.25 * along)
    )
    return bone


def shoulder_girdle(grid: Grid, rng: np.random.Generator) -> Field:
    """Clavicles, and the shoulder blades turned out of the lungs."""
    bone = np.zeros_like(grid.x)
    lift = rng.normal(0, 0.5)
    for side in (RIGHT, LEFT):
        points = [(1.7, -9.4), (4.5, -10.4), (8.0, -11.3), (11.5, -12.6), (15.0, -12.9)]
        canvas = np.zeros_like(grid.x)
        draw_strand(canvas, grid, [(side * x, y - lift) for x, y in points], width=0.85)
        bone += 2.6 * np.clip(canvas * 1.6, 0, 1)
        blade = np.zeros_like(grid.x)
        points = [(12.4, -11.5), (13.1, -7.0), (13.6, -2.5), (15.6, -5.5), (16.6, -10.5)]
        draw_strand(blade, grid, [(side * x, y - lift) for x, y in points], width=0.6)
        bone += 0.8 * blade
        head = grid.around((side * 17.2, -11.3 - lift)).radius
        bone += 2.0 * np.sqrt(np.clip(1 - (head / 2.6) ** 2, 0, 1))
    return bone
