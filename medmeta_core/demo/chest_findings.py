"""What lies in the lungs of a drawn chest: cm of water that each finding adds."""

from collections.abc import Callable

import numpy as np

from medmeta_core.demo.canvas import Field, Grid, smooth_noise, soft
from medmeta_core.demo.chest_anatomy import Chest
from medmeta_core.demo.chest_patient import LEFT, RIGHT

Finding = Callable[[Chest, Grid, np.random.Generator], Field]


def nodules(chest: Chest, grid: Grid, rng: np.random.Generator) -> Field:
    """Round densities of five to sixteen millimetres' radius, in both lungs."""
    air = _air(chest)
    cm = np.zeros_like(grid.x)
    largest = rng.uniform(1.0, 1.6)
    for x, y in rng.uniform((-11.0, -11.0), (11.0, 7.0), size=(int(rng.integers(26, 44)), 2)):
        distance, angle = np.hypot(grid.x - x, grid.y - y), np.arctan2(grid.y - y, grid.x - x)
        radius = rng.uniform(0.45, largest) * (1 + 0.06 * np.cos(2 * angle + rng.uniform(0, 6)))
        if air.flat[distance.argmin()] > 0.5 * air.max():
            cm += 2 * radius * 1.8 * np.sqrt(np.clip(1 - (distance / radius) ** 2, 0, 1))
    return cm


def reticulation(chest: Chest, grid: Grid, rng: np.random.Generator) -> Field:
    """A net of fine lines, densest at the base and below the pleura."""
    air = _air(chest)
    net = np.zeros_like(grid.x)
    for mesh in (0.75, 1.2):
        ridge = 1 - np.abs(smooth_noise(rng, grid, mesh)) / 0.30
        net = np.maximum(net, np.clip(ridge, 0, 1))
    low = np.clip((grid.y + 14) / 15, 0.15, 1)
    rim = 0.55 + 0.45 * np.exp(-((((air / air.max()) - 0.62) / 0.28) ** 2))
    patchy = np.clip(0.85 + 0.3 * smooth_noise(rng, grid, 4.0), 0.2, 1.5)
    thickness = (rng.uniform(3.6, 5.2) * net * rim + 1.6) * low * patchy
    cm: Field = thickness * np.clip(air / 8, 0, 1)
    return cm


def effusion(chest: Chest, grid: Grid, rng: np.random.Generator) -> Field:
    """Fluid at the base of one lung or both, higher at the chest wall than in the middle."""
    cm = np.zeros_like(grid.x)
    sides = ((RIGHT,), (LEFT,), (RIGHT, LEFT))[rng.choice(3, p=(0.4, 0.4, 0.2))]
    for side in sides:
        outward = np.clip((side * grid.x - 2) / 11, 0, 1)
        level = rng.uniform(2.0, 5.5) + rng.uniform(1.5, 3.2) * outward**3
        fluid = soft(level - chest.above_dome[side] + 2.6 * outward**2, 1.1)
        cm += chest.lungs[side] * fluid * 0.95
    return cm


def consolidation(chest: Chest, grid: Grid, rng: np.random.Generator) -> Field:
    """Most of one lung filled, with uneven borders; belongs to none of the set's conditions."""
    side = rng.choice((RIGHT, LEFT))
    here = grid.around((side * 7.0, -4.0), stretch=0.9)
    border = here.radius + 0.9 * smooth_noise(rng, grid, 2.2)
    texture = np.clip(0.85 + 0.1 * smooth_noise(rng, grid, 1.4), 0.3, 1)
    return chest.lungs[side] * soft(6.0 - border, 1.6) * texture


def _air(chest: Chest) -> Field:
    return chest.lungs[RIGHT] + chest.lungs[LEFT]
