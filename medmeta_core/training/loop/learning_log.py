"""The learning log of a training: a table, TensorBoard events, and the curves as a picture."""

import csv
import time
from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure

from medmeta_core.training.loop.event_file import EventFile

COLUMNS = ("step", "time", "curve", "value")
SMOOTHED = 0.05
"""Weight of the newest value in the drawn line; the values themselves stand behind it, pale."""


class LearningLog:
    """The values of named curves by step; learning.csv in `folder` is the original.

    A run that goes on from step `first` drops what a killed one logged from there on, and
    rewrites TensorBoard's file.
    """

    def __init__(self, folder: Path, *, first: int) -> None:
        self._path, self._picture = folder / "learning.csv", folder / "learning.png"
        self._rows = [row for row in _read(self._path) if row[0] < first]
        for stale in folder.glob("events.out.tfevents.*"):
            stale.unlink()
        self._events = EventFile(folder)
        with self._path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *self._rows])
        for step, at, curve, value in self._rows:
            self._events.write(step, curve, value, at=at)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Append a value of each curve."""
        at = time.time()
        rows = [(step, at, curve, value) for curve, value in values.items()]
        self._rows += rows
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        for curve, value in values.items():
            self._events.write(step, curve, value, at=at)

    def draw(self) -> None:
        """The curves, one below the other, in learning.png."""
        curves = dict[str, list[tuple[int, float]]]()
        for step, _, curve, value in self._rows:
            curves.setdefault(curve, []).append((step, value))
        if not curves:
            return
        figure = Figure(figsize=(7, 1.8 * len(curves)), layout="constrained")
        axes = figure.subplots(len(curves), sharex=True, squeeze=False)[:, 0]
        for axis, (curve, points) in zip(axes, curves.items(), strict=True):
            steps, values = [step for step, _ in points], [value for _, value in points]
            axis.plot(steps, values, color="0.8", linewidth=0.8)
            axis.plot(steps, _smoothed(values), color="C0")
            axis.set_title(curve, fontsize=9, loc="left")
        axes[-1].set_xlabel("step")
        figure.savefig(self._picture, dpi=100)


def _read(path: Path) -> list[tuple[int, float, str, float]]:
    """The rows of a log; a last line that a killed run left unfinished is dropped."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in list(csv.reader(file))[1:] if len(row) == len(COLUMNS)]
    return [(int(step), float(at), curve, float(value or "nan")) for step, at, curve, value in rows]


def _smoothed(values: list[float]) -> list[float]:
    """The running mean, starting at the first value."""
    line = values[:1]
    for value in values[1:]:
        line.append((1 - SMOOTHED) * line[-1] + SMOOTHED * value)
    return line


class Pace:
    """Counts steps from where a run was taken up.

    Args:
        per_step: pictures or tasks of one step; `unit`: what they are called.
    """

    def __init__(self, first: int, n_steps: int, *, per_step: int, unit: str) -> None:
        self._first, self._n_steps = first, n_steps
        self._per_step, self._unit = per_step, unit
        self._began = time.monotonic()

    def summary(self, step: int) -> str:
        """Rate and remaining time after `step`, for a line of progress."""
        done = step + 1 - self._first
        seconds = (time.monotonic() - self._began) / done
        remaining_s = seconds * (self._n_steps - step - 1)
        rate = self._per_step / max(seconds, 1e-9)
        return f"{rate:.3g} {self._unit}/s, {duration(remaining_s)} left"


def duration(seconds: float) -> str:
    """A time in two units.

    >>> duration(3900), duration(61), duration(5)
    ('1 h 05 min', '1 min 01 s', '5 s')
    """
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"
