"""`Clock`: how long a child may take for an answer.

A child that computes is measured by its own processor time: on a busy machine a large picture
takes longer by the wall clock, and is no less sound. A child that waits is measured by the wall.
"""

import time
from collections.abc import Callable

PATIENCE = 6
"""So many times its processor time an answer may take by the wall clock."""


class Clock:
    """The time that is left to a child for one answer.

    Args:
        used: seconds of processor time that the child has used so far; 0 where it is gone.
        seconds: of processor time; `PATIENCE` times as many by the wall clock.
    """

    def __init__(self, used: Callable[[], float], seconds: float) -> None:
        self._used = used
        self._seconds = seconds
        self._begun = time.monotonic()
        self._used_before = used()

    def remaining_s(self) -> float:
        """Seconds that may pass before anybody need ask again; 0 where the time is up."""
        by_wall = PATIENCE * self._seconds - (time.monotonic() - self._begun)
        by_processor = self._seconds - (self._used() - self._used_before)
        return max(0.0, min(by_wall, by_processor))
