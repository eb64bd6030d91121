"""`Pace`: how long this machine takes to embed a picture."""

from collections import deque

N_KEPT = 16


class Pace:
    """Seconds a picture, by the quickest of the last batches.

    The first batch also waits for the engine, and others wait for what else the machine does; the
    quickest is what the backbone itself takes.
    """

    def __init__(self) -> None:
        self._batches: deque[float] = deque(maxlen=N_KEPT)

    def add(self, n: int, seconds: float) -> None:
        """Count a batch of n pictures."""
        self._batches.append(seconds / n)

    @property
    def seconds(self) -> float | None:
        """None before the second batch.

        >>> pace = Pace()
        >>> pace.add(16, 4.0)
        >>> pace.seconds is None
        True
        >>> pace.add(16, 1.6)
        >>> pace.seconds
        0.1
        """
        return min(self._batches) if len(self._batches) > 1 else None
