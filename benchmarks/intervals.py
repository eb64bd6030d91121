"""Means over sets, with their intervals."""

from math import sqrt
from statistics import fmean, stdev

from scipy.special import stdtrit


def over_sets(values: list[float], *, least: float) -> dict[str, float]:
    """Mean with Student's 95 % interval over sets: how it would move with other sets like these."""
    mean = fmean(values)
    if len(values) < 2:
        return {"mean": mean, "low": least, "high": 1.0}
    half = float(stdtrit(len(values) - 1, 0.975)) * stdev(values) / sqrt(len(values))
    return {"mean": mean, "low": max(least, mean - half), "high": min(1.0, mean + half)}
