"""Mean and spread of each channel, by which pixels are standardised before a network."""

from collections.abc import Sequence
from math import isfinite

from medmeta_core.errors import BackboneError


def checked_statistics(which: str, values: Sequence[float]) -> tuple[float, ...]:
    """The three numbers of "mean" or "std".

    Raises:
        BackboneError: they are not three finite numbers, or a spread is not above 0.
    """
    try:
        statistics = tuple(float(value) for value in values)
    except (TypeError, ValueError) as error:
        raise BackboneError("channel-statistics", which=which, found=repr(values)[:40]) from error
    if len(statistics) != 3 or not all(isfinite(value) for value in statistics):
        raise BackboneError("channel-statistics", which=which, found=str(statistics))
    if which == "std" and min(statistics) <= 0:
        raise BackboneError("channel-spread", found=min(statistics))
    return statistics
