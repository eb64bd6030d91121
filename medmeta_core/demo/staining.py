"""From dye to colour: the light that a stained smear lets through (Beer-Lambert)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medmeta_core.demo.canvas import Field, Grid, blurred, smooth_noise

Rgb = tuple[float, float, float]
Dyes = dict[str, Field]
"""How much of each dye lies at each pixel: name → (h, w); 1 is a well stained structure."""

OPTICAL_DENSITY: dict[str, Rgb] = {
    "haemoglobin": (0.25, 0.36, 0.28),
    "chromatin": (1.15, 1.55, 0.55),
    "basophilia": (0.56, 0.46, 0.11),  # ribonucleic acid takes up the azure
    "azurophil": (0.45, 0.95, 0.42),
    "eosin": (0.17, 0.62, 0.56),
}
PAPERS: tuple[Rgb, ...] = ((1.0, 0.91, 0.80), (0.97, 0.93, 0.86), (0.86, 0.86, 0.92))


@dataclass(frozen=True)
class Preparation:
    """How one slide was stained and photographed.

    Attributes:
        paper: the colour of the empty field.
        strengths: how strongly each dye took, beside its usual strength.
        defocus: blur of the lens in micrometres.
        noise: standard deviation of the sensor's noise, in parts of full brightness.
    """

    paper: Rgb
    strengths: dict[str, float]
    defocus: float
    noise: float

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Preparation":
        """A slide of everyday quality."""
        paper = PAPERS[rng.choice(len(PAPERS), p=(0.5, 0.3, 0.2))]
        red, green, blue = (float(np.clip(part + rng.normal(0, 0.012), 0, 1)) for part in paper)
        overall = rng.uniform(0.85, 1.2)
        strengths = {dye: float(overall * rng.uniform(0.85, 1.2)) for dye in OPTICAL_DENSITY}
        return cls((red, green, blue), strengths, rng.uniform(0.07, 0.14), 0.006)


def photograph(
    dyes: Dyes, preparation: Preparation, grid: Grid, *, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """(h/2, w/2, 3): the stained field as a camera with half the grid's pixels sees it."""
    shading = 1 + 0.02 * smooth_noise(rng, grid, 18.0)
    channels = []
    for channel, paper in enumerate(preparation.paper):
        density = sum(
            amount * OPTICAL_DENSITY[dye][channel] * preparation.strengths[dye]
            for dye, amount in dyes.items()
        )
        light = blurred(paper * shading * np.exp(-density), preparation.defocus / grid.step)
        pixels = light.reshape(light.shape[0] // 2, 2, light.shape[1] // 2, 2).mean(axis=(1, 3))
        channels.append(pixels + rng.normal(0, preparation.noise, pixels.shape))
    picture: NDArray[np.uint8] = np.rint(np.clip(np.stack(channels, axis=-1), 0, 1) * 255).astype(
        np.uint8
    )
    return picture
