"""What lies in the lungs of a drawn chest: cm of water that each finding adds."""

from collections.abc import Callable

import numpy as np

from medmeta_core.demo.canvas import Field, Grid, smooth_noise, soft
from medmeta_core.demo.chest_anatomy import Chest
from medmeta_core.demo.chest_patient import LEFT, RIGHT

Finding = Callable[[Chest, Grid, np.random.Generator], Field]


def nodules(chest: Chest, grid: Grid, rng: np.random.Generator) -> Field:
    """Round densities of three to twelve millimetres' radius, in both lungs."""
    air = _air(chest)
    cm = np.zeros_like(grid.x)
    largest = rng.uniform(0.7, 1.2)
    for x, y in rng.uniform((-11.0, -11.0), (11.0, 7.0), size=(int(rng.integers(16, 34)), 2)):
        distance, angle = np.hypot(grid.x - x, grid.y - y), np.arctan2(grid.y - y, grid.x - x)
        radius = rng.uniform(0.3, largest) * (1 + 0.1 * np.cos(3 * angle + rng.uniform(0, 6)))
        if air.flat[distance.argmin()] > 0.5 * air.max():
            cm += 2 * radius * 2.3 * np.sqrt(np.clip(1 - (distance / radius) ** 2, 0, 1))
    return cm


def reticulation(chest: Chest, grid: Grid, rng: np.random.Generator) -> Field:
    """A net of fine lines, densest at the base and below the pleura."""
    air = _air(chest)
    net = np.zeros_like(grid.x)
    for mesh in (0.75, 1.2):
        ridge = 1 - np.abs(smooth_noise(rng, grid, mesh)) / 0.30
        net = np.maximum(net, np.clip(ridge, 0, 1))
    low = np.clip((grid.y + 11) / 14, 0.08, 1)
    rim = 0.55 + 0.45 * np.exp(-((((air / air.max()) - 0.62) / 0.28) ** 2))
    patchy = np.clip(0.85 + 0.3 * smooth_noise(rng, grid, 4.0), 0.2, 1.5)
    thickness = (rng.uniform(2.4, 3.8) * net * rim + 1.0) * low * patchy
    cm: Field = thickness * np.clip(air / 8, 0, 1)
    return cm


def effusion(chest: Chest, grid: Grid, rng: np.random.Generator) -> Field:
    """Fluid at the base of one lung or both, higher at the chest wall than in the middle."""
    cm = np.zeros_like(grid.x)
    sides = ((RIGHT,), (LEFT,), (RIGHT, LEFT))[rng.choice(3, p=(0.4, 0.4, 0.2))]
    for side in sides:
        outward = np.clip((side * grid.x - 2) / 11, 0, 1)
        level = rng.uniform(0.8, 3.6) + rng.uniform(1.5, 3.2) * outward**3
        fluid = soft(level - chest.above_dome[side] + 2.6 * outward**2, 1.1)
        cm += chest.lungs[side] * fluid * 0.95
    return cm


def consolidation(chest: Chest, grid: Grid, rng: np.random.Generator) -> Field:
    """One lobe filled, with uneven borders; belongs to none of the set's conditions."""
    side = rng.choice((RIGHT, LEFT))
    here = grid.around((side * 7.0, -6.5), stretch=1.2)
    border = here.radius + 0.9 * smooth_noise(rng, grid, 2.2)
    texture = np.clip(0.75 + 0.2 * smooth_noise(rng, grid, 0.9), 0.3, 1)
    return chest.lungs[side] * soft(4.2 - border, 1.6) * texture


def _air(chest: Chest) -> Field:
    return chest.lungs[RIGHT] + chest.lungs[LEFT]
