"""`Explanation`: where in the picture the evidence lies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Explanation:
    """A heat map for one condition.

    Attributes:
        heat_map: (h, w) float32 in [0, 1], scaled so that its peak is 1 (all 0 where the
            condition has no positive evidence).
        peak: the map's largest value before scaling, in units of the score; faint evidence
            has a small peak, and the screen says so.
        condition: whom the map speaks for.
    """

    heat_map: NDArray[np.float32]
    peak: float
    condition: str
