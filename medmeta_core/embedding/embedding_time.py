"""`EmbeddingTime`: how long this machine takes to embed an image."""

from collections import deque

N_KEPT = 16


class EmbeddingTime:
    """Seconds per image, by the quickest of the last batches.

    The first batch of each precision also waits for its engine and is not counted; others wait
    for what else the machine does, so the quickest is what the backbone itself takes.
    """

    def __init__(self) -> None:
        self._batches: deque[float] = deque(maxlen=N_KEPT)
        self._begun: set[bool] = set()

    def add(self, n: int, seconds: float, *, exactly: bool) -> None:
        """Count a batch of n images, embedded in float32 or as fast as possible."""
        if exactly in self._begun:
            self._batches.append(seconds / n)
        self._begun.add(exactly)

    @property
    def seconds(self) -> float | None:
        """None before the second batch.

        >>> time = EmbeddingTime()
        >>> time.add(16, 4.0, exactly=True)
        >>> time.seconds is None
        True
        >>> time.add(16, 1.6, exactly=True)
        >>> time.seconds
        0.1
        """
        return min(self._batches, default=None)
