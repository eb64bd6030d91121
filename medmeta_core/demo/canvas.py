"""What every synthetic picture is drawn with: a grid in real units, noise, outlines, strands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]
Point = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Grid:
    """Where each pixel lies: x to the right, y downwards, (0, 0) in the middle.

    Attributes:
        x, y: (h, w) in the unit of the subject (micrometres for a smear, centimetres for a chest).
        step: distance of neighbouring pixels in that unit.
    """

    x: Field
    y: Field
    step: float

    @classmethod
    def square(cls, side: int, step: float) -> "Grid":
        """A grid of (side, side) pixels."""
        along = (np.arange(side) - (side - 1) / 2) * step
        x, y = np.meshgrid(along, along)
        return cls(x, y, step)

    def around(self, centre: Point, *, turn: float = 0.0, stretch: float = 1.0) -> "Grid":
        """The grid seen from `centre`, turned by `turn` radians; `stretch` above 1 lengthens x."""
        x, y = self.x - centre[0], self.y - centre[1]
        along = np.cos(turn) * x + np.sin(turn) * y
        across = np.cos(turn) * y - np.sin(turn) * x
        return Grid(along / stretch, across * stretch, self.step)

    def box(self, middle: Point, *, reach: float) -> tuple[slice, slice]:
        """The rows and columns that lie within `reach` of a point."""
        corner = np.array((self.x[0, 0], self.y[0, 0]))
        right = np.array((self.x[0, 1], self.y[0, 1])) - corner
        down = np.array((self.x[1, 0], self.y[1, 0])) - corner
        row, column = np.linalg.solve(np.stack((down, right), axis=1), np.array(middle) - corner)
        rows, columns = self.x.shape
        n_pixels = reach / self.step
        return _between(row, n_pixels, rows), _between(column, n_pixels, columns)

    def part(self, box: tuple[slice, slice]) -> "Grid":
        """The grid within these rows and columns."""
        return Grid(self.x[box], self.y[box], self.step)

    @property
    def radius(self) -> Field:
        """(h, w): distance from the centre."""
        return np.hypot(self.x, self.y)


def blurred(picture: Field, sigma: float) -> Field:
    """The picture (h, w) under a Gaussian of `sigma` pixels; it wraps around at the edges."""
    if sigma <= 0:
        return picture
    rows = np.fft.fftfreq(picture.shape[0])[:, None]
    columns = np.fft.rfftfreq(picture.shape[1])[None]
    transfer = np.exp(-2 * (np.pi * sigma) ** 2 * (rows**2 + columns**2))
    softened: Field = np.fft.irfft2(np.fft.rfft2(picture) * transfer, s=picture.shape)
    return softened


def smooth_noise(rng: np.random.Generator, grid: Grid, size: float) -> Field:
    """(h, w) noise of mean 0 and variance 1 with grains of about `size` units."""
    noise = blurred(rng.standard_normal(grid.x.shape), size / grid.step / 2)
    even: Field = (noise - noise.mean()) / noise.std()
    return even


def soft(distance: Field, edge: float) -> Field:
    """1 inside (distance > 0), 0 outside, over a border of about `edge` units."""
    return 1 / (1 + np.exp(-np.clip(distance / edge * 3, -60, 60)))


def blob(grid: Grid, radius: float, *, rng: np.random.Generator, wobble: Sequence[float]) -> Field:
    """(h, w) distance into a round shape around the grid's centre.

    Args:
        wobble: how far the outline waves with 2, 3, 4 … periods, as a part of the radius.
    """
    angle = np.arctan2(grid.y, grid.x)
    outline = np.ones_like(angle)
    for periods, amplitude in enumerate(wobble, start=2):
        size, phase = rng.normal(0, amplitude), rng.uniform(0, 2 * np.pi)
        outline += size * np.cos(periods * angle + phase)
    return radius * outline - grid.radius


def draw_strand(canvas: Field, grid: Grid, points: Sequence[Point], *, width: float) -> None:
    """Lay a soft line through `points` over the canvas; where lines cross, the denser one shows.

    The width shrinks to a half from the first point to the last.
    """
    for number, (start, end) in enumerate(zip(points[:-1], points[1:], strict=True)):
        thickness = width * (1 - 0.5 * number / max(len(points) - 1, 1))
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        box = grid.box(
            middle, reach=np.hypot(end[0] - start[0], end[1] - start[1]) / 2 + 3 * thickness
        )
        x, y = grid.x[box] - start[0], grid.y[box] - start[1]
        dx, dy = end[0] - start[0], end[1] - start[1]
        along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
        distance = np.hypot(x - along * dx, y - along * dy)
        canvas[box] = np.maximum(canvas[box], np.exp(-((distance / thickness) ** 2)))


def _between(middle: float, reach: float, n_pixels: int) -> slice:
    first = min(max(int(middle - reach), 0), n_pixels)
    last = min(max(int(middle + reach) + 2, 0), n_pixels)
    return slice(first, last)
