"""How fast a training runs, and how long it still takes."""

import time


class Pace:
    """Counts steps from where a run was taken up.

    Args:
        per_step: pictures or tasks of one step; `unit`: what they are called.
    """

    def __init__(self, first: int, n_steps: int, *, per_step: int, unit: str) -> None:
        self._first, self._n_steps = first, n_steps
        self._per_step, self._unit = per_step, unit
        self._began = time.monotonic()

    def told(self, step: int) -> str:
        """Rate and remaining time after `step`, for a line of progress."""
        done = step + 1 - self._first
        seconds = (time.monotonic() - self._began) / done
        left = seconds * (self._n_steps - step - 1)
        return f"{self._per_step / max(seconds, 1e-9):.3g} {self._unit}/s, {duration(left)} left"


def duration(seconds: float) -> str:
    """A time in two units.

    >>> duration(3900), duration(61), duration(5)
    ('1 h 05 min', '1 min 01 s', '5 s')
    """
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"
