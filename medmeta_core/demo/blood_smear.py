"""The set "blood smear": single white cells of five conditions, and two cases of none of them."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medmeta_core.demo.canvas import Grid, blob, soft
from medmeta_core.demo.lettering import lettered, place_of_mark
from medmeta_core.demo.red_cells import red_cell, red_cell_field
from medmeta_core.demo.staining import Dyes, Preparation, photograph
from medmeta_core.demo.white_cells import WHITE_CELLS, Painter

SIDE = 176
FIELD_UM = 32.0
N_EXAMPLES = 6
INK = (70, 52, 88)

TITLE = "Blood smear, white cells"
TEXT = (
    "Thirty synthetic white blood cells of five types, two of them rare, and eight new cases, "
    "two of which belong to none of the types."
)


def blood_smear_pictures(seed: int) -> Iterator[tuple[str, bytes]]:
    """(path within the set, PNG) of every picture, the same for the same seed."""
    for number, (condition, painter) in enumerate(WHITE_CELLS.items()):
        for example in range(N_EXAMPLES):
            rng = np.random.default_rng((seed, 0, number, example))
            name = f"examples/{condition}/smear-{number + 1}{example + 1}.png"
            yield name, _png(_smear(painter, rng))
    for number, (painter, defocus_um) in enumerate(CASES):
        rng = np.random.default_rng((seed, 1, number))
        picture = _smear(painter, rng, defocus_um=defocus_um)
        yield f"cases/case-{number + 1}.png", _png(picture)


def ring_forms(grid: Grid, rng: np.random.Generator) -> Dyes:
    """No white cell: red cells that house a thin blue ring with one or two red dots each."""
    dyes = {dye: np.zeros_like(grid.x) for dye in ("haemoglobin", "basophilia", "azurophil")}
    for middle in ((0.0, 0.0), (-8.2, 3.0), (4.5, -7.6), (5.5, 7.4)):
        dyes["haemoglobin"] += red_cell(grid, rng, centre=middle, radius=rng.uniform(3.6, 4.1))
        seat = grid.around((middle[0] + rng.uniform(-1, 1), middle[1] + rng.uniform(-1, 1)))
        depth = blob(seat, rng.uniform(1.15, 1.45), rng=rng, wobble=(0.12, 0.06))
        dyes["basophilia"] += 0.9 * np.exp(-((depth / 0.22) ** 2))
        for angle in rng.uniform(0, 2 * np.pi, rng.integers(1, 3)):
            dot = seat.around((1.3 * np.cos(angle), 1.3 * np.sin(angle)))
            dyes["azurophil"] += 1.2 * soft(0.36 - dot.radius, 0.2)
    return dyes


CASES: tuple[tuple[Painter, float | None], ...] = (
    (WHITE_CELLS["Hairy-cell-like (rare)"], None),
    (WHITE_CELLS["Neutrophil-like"], None),
    (ring_forms, None),
    (WHITE_CELLS["Blast-like (rare)"], None),
    (WHITE_CELLS["Lymphocyte-like"], None),
    (WHITE_CELLS["Neutrophil-like"], 1.1),  # the lens out of focus
    (WHITE_CELLS["Eosinophil-like"], None),
    (WHITE_CELLS["Hairy-cell-like (rare)"], None),
)


def _smear(
    painter: Painter, rng: np.random.Generator, *, defocus_um: float | None = None
) -> NDArray[np.uint8]:
    grid = Grid.square(2 * SIDE, FIELD_UM * rng.uniform(0.93, 1.07) / (2 * SIDE))
    preparation = Preparation.random(rng)
    if defocus_um is not None:
        preparation = replace(preparation, defocus=defocus_um)
    centre = (rng.normal(0, 0.8), rng.normal(0, 0.8))
    dyes = painter(grid.around(centre), rng)
    around = red_cell_field(grid, rng, free_radius=8.5 if painter is ring_forms else 7.0)
    around["haemoglobin"] *= np.exp(-6 * sum(dyes.values()))  # cells lie beside each other
    for dye, amount in dyes.items():
        around[dye] = amount + around.get(dye, 0)
    return _marked(photograph(around, preparation, grid, rng=rng))


def _marked(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    picture[place_of_mark(SIDE, scale=1)][lettered("SYNTHETIC")] = INK
    return picture


def _png(picture: NDArray[np.uint8]) -> bytes:
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG", optimize=True)
    return file.getvalue()
