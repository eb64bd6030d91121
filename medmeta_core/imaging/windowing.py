"""Windows that are not stated: the full range, or percentiles of what is there."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.image import FloatArray, Window

PERCENTILES = (0.5, 99.5)
MAX_SAMPLES = 2**18


def full_range(low: float, high: float) -> Window:
    """The window in which `low` is black and `high` is white.

    >>> full_range(0, 255)
    Window(centre=128.0, width=256)
    """
    return exact_window((low + high) / 2, high - low)


def exact_window(centre: float, width: float) -> Window:
    """The LINEAR window that shows what a LINEAR_EXACT one does (PS3.3 C.11.2.1.3.2).

    LINEAR spans `width - 1` about `centre - 0.5`, LINEAR_EXACT spans `width` about `centre`.
    """
    return Window(centre + 0.5, width + 1)


def assumed_window(values: FloatArray) -> Window:
    """From the 0.5th to the 99.5th percentile; the whole range where these coincide."""
    low, high = percentile_range(values)
    if low == high:
        low, high = float(values.min()), float(values.max())
    return full_range(low, high)


def percentile_range(values: FloatArray) -> tuple[float, float]:
    """The 0.5th and the 99.5th percentile: what one odd pixel cannot move."""
    flat = values.reshape(-1)
    sample = flat[:: max(1, flat.size // MAX_SAMPLES)]
    low, high = (float(value) for value in np.percentile(sample, PERCENTILES))
    return low, high


def finite(values: NDArray[Any]) -> FloatArray:
    """As float32; what is not a number, or infinite, becomes the lowest value."""
    values = values.astype(np.float32, copy=False)
    is_finite = np.isfinite(values)
    if is_finite.all():
        return values
    low = values[is_finite].min() if is_finite.any() else np.float32(0)
    return np.where(is_finite, values, low)


WINDOW_PRESETS = {
    "lung": Window(-600, 1500),
    "mediastinum": Window(40, 400),
    "soft-tissue": Window(50, 350),
    "bone": Window(400, 1800),
    "brain": Window(40, 80),
    "stroke": Window(35, 40),
    "subdural": Window(75, 215),
    "temporal-bone": Window(600, 2800),
    "abdomen": Window(60, 400),
    "liver": Window(60, 160),
    "angiography": Window(300, 600),
}
