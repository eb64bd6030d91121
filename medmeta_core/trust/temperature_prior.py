"""What temperature to expect before any example is left out: a prior from many tasks.

temperature_prior.json holds its numbers and how they were fitted (benchmarks/naming.py).
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import fmean
from typing import Any

FILE = Path(__file__).with_name("temperature_prior.json")


@dataclass(frozen=True)
class TemperaturePrior:
    """A normal law of the log temperature.

    Attributes:
        centre: its mean.
        spread: its standard deviation.
        weight: how much a left-out example counts: below 1, as the examples left out share
            their fellows and are no independent witnesses.
    """

    centre: float = 0.0
    spread: float = 0.7
    weight: float = 1.0


PLAIN = TemperaturePrior()
"""For methods and backbones on which no tasks were measured."""


def temperature_prior(
    method: str, backbone: str, counts: tuple[int, ...], *, path: Path = FILE
) -> TemperaturePrior:
    """The prior for a method on a backbone with so many examples of each condition.

    >>> temperature_prior("ridge", "some-other-backbone", (5, 5))
    TemperaturePrior(centre=0.0, spread=0.7, weight=1.0)
    """
    content = _content(path)
    if backbone != content["backbone"] or method not in content["centres"]:
        return PLAIN
    ways, shots = log(len(counts) / 3), log(max(1.0, fmean(counts)) / 3)
    terms = zip(content["centres"][method], (1, ways, shots, ways * shots), strict=True)
    centre = sum(factor * term for factor, term in terms)
    return TemperaturePrior(centre, content["spread"], content["weight"])


@functools.cache
def _content(path: Path) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
