"""`Explanation`: where in the picture the evidence lies."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medmeta_core.short_repr import MAX_OF_A_LIST, ShortRepr, shortened


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(ShortRepr):
    """A heat map for one condition.

    Attributes:
        heat_map: (h, w) float32 in [0, 1], scaled so that its peak is 1 (all 0 where the
            condition has no positive evidence).
        peak: the map's largest value before scaling, in units of the score; faint evidence
            has a small peak, and the screen says so.
        condition: the condition that the map explains.
    """

    heat_map: NDArray[np.float32]
    peak: float
    condition: str

    def _in_short(self) -> Mapping[str, str]:
        """The condition, the peak and the size of the map."""
        height, width = self.heat_map.shape
        condition = repr(shortened(self.condition, MAX_OF_A_LIST))
        return {"condition": condition, "peak": f"{self.peak:.3g}", "size": f"{height} x {width}"}
