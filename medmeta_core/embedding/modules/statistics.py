"""Mean and spread of each channel, by which pixels are standardised before a network."""

from collections.abc import Sequence
from math import isfinite

from medmeta_core.errors import BackboneError


def checked_statistics(which: str, values: Sequence[float]) -> tuple[float, ...]:
    """The three numbers of "mean" or "std".

    Raises:
        BackboneError: they are not three finite numbers, or a spread is not above 0.
    """
    found = tuple(float(value) for value in values)
    if len(found) != 3 or not all(isfinite(value) for value in found):
        raise BackboneError("channel-statistics", which=which, found=str(found))
    if which == "std" and min(found) <= 0:
        raise BackboneError("channel-spread", found=min(found))
    return found
