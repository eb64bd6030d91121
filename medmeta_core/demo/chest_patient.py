"""The person in a drawn chest radiograph."""

from dataclasses import dataclass

import numpy as np

from medmeta_core.demo.canvas import Field

RIGHT, LEFT = -1, 1  # sign of x on the picture


@dataclass(frozen=True)
class Patient:
    """What two images of one person share.

    Attributes:
        seed: of the details: vessels, breathing of outlines.
        width: half the width of the thorax in cm.
        thickness: depth of the trunk in cm.
        heart: half the width of the heart in cm.
        rib_slope: how steeply the ribs fall.
        has_breasts: whether breast shadows lie over the lower lungs.
    """

    seed: int
    width: float
    thickness: float
    heart: float
    rib_slope: float
    has_breasts: bool

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Patient":
        """An adult."""
        return cls(
            seed=int(rng.integers(2**31)),
            width=rng.uniform(13.2, 14.3),
            thickness=rng.uniform(18.5, 21.5),
            heart=rng.uniform(6.4, 7.2),
            rib_slope=rng.uniform(0.85, 1.15),
            has_breasts=bool(rng.random() < 0.5),
        )


def wall(patient: Patient, y: Field | float) -> Field:
    """How far the inside of the chest wall lies from the midline at height y."""
    return patient.width * (1 - 0.33 * np.clip((9.5 - np.asarray(y)) / 22.9, 0, 1) ** 2.4)
