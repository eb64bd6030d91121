"""`Clock`: how long a child may take for an answer.

A child that computes is measured by its own processor time: on a busy machine a large picture
takes longer by the wall clock, and is no less sound. A child that waits is measured by the wall.
"""

import os
import time
from pathlib import Path

PATIENCE = 6
"""So many times its processor time an answer may take by the wall clock."""

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Clock:
    """The time that is left to a child for one answer.

    Args:
        handle: pidfd of the child.
        seconds: of processor time; `PATIENCE` times as many by the wall clock.
    """

    def __init__(self, handle: int, seconds: float) -> None:
        self._stat = _stat_of(handle)
        self._seconds = seconds
        self._begun = time.monotonic()
        self._used_before = self._used()

    def left(self) -> float:
        """Seconds that may pass before anybody need ask again; 0 where the time is up."""
        by_wall = PATIENCE * self._seconds - (time.monotonic() - self._begun)
        by_processor = self._seconds - (self._used() - self._used_before)
        return max(0.0, min(by_wall, by_processor))

    def _used(self) -> float:
        """Seconds of processor time so far; 0 where the child is gone."""
        try:
            fields = self._stat.read_text().rpartition(") ")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND  # utime, stime of proc(5)


def _stat_of(handle: int) -> Path:
    """Where the kernel tells of the process behind a pidfd."""
    for line in Path(f"/proc/self/fdinfo/{handle}").read_text().splitlines():
        if line.startswith("Pid:"):
            return Path(f"/proc/{line.split()[1]}/stat")
    return Path("/proc/0/stat")
