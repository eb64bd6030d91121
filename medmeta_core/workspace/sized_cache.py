"""`SizedCache`: what was read last, bounded in bytes."""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Key = tuple[str, int]
"""(digest of the stored bytes, side in pixels)."""

Item = TypeVar("Item")


class SizedCache(Generic[Item]):
    """Items with the arrays that they consist of; what was not looked at longest leaves first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._items: OrderedDict[Key, tuple[Item, int]] = OrderedDict()
        self._n_bytes = 0
        self._lock = Lock()

    def find(self, key: Key) -> Item | None:
        """The item of `key`, if it is still here."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key][0]
            return None

    def keep(self, key: Key, item: Item, arrays: Iterable[NDArray[np.float32] | None]) -> None:
        """Remember the item; its arrays become read-only, for they are shared from now on."""
        present = [array for array in arrays if array is not None]
        for array in present:
            array.setflags(write=False)
        with self._lock:
            if key not in self._items:
                self._items[key] = item, sum(array.nbytes for array in present)
                self._n_bytes += self._items[key][1]
            while self._n_bytes > self._max_bytes:
                _, (_, n_bytes) = self._items.popitem(last=False)
                self._n_bytes -= n_bytes

    def forget(self, digests: Iterable[str]) -> None:
        """Let go of all that came of these stored bytes."""
        erased = set(digests)
        with self._lock:
            for key in [key for key in self._items if key[0] in erased]:
                self._n_bytes -= self._items.pop(key)[1]
