"""Contenders timed in turn, run by run, so that a busy machine slows all of them alike."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]


@dataclass(frozen=True)
class Timing:
    """Medians over paired runs.

    Attributes:
        seconds: of one call.
        ratio: how many times longer the first contender takes.
    """

    seconds: float
    ratio: float


def paired(
    contenders: Mapping[str, Work],
    *,
    runs: int,
    calls: int = 1,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, Timing]:
    """The timing of each contender; each run gives all of them `calls` calls, one after another.

    By default the processor's seconds are counted: with one thread they are the wall's seconds
    of an idle machine, whatever else runs.
    """
    for work in contenders.values():
        work()
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, work in contenders.items():
            began = clock()
            for _ in range(calls):
                work()
            taken[name].append((clock() - began) / calls)
    first = next(iter(taken.values()))
    return {
        name: Timing(median(times), median(a / b for a, b in zip(first, times, strict=True)))
        for name, times in taken.items()
    }


def markdown(columns: list[str], rows: list[list[str]]) -> str:
    """A table; all columns but the first are set to the right."""
    marks = ["---", *["---:"] * (len(columns) - 1)]
    lines = [columns, marks, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
