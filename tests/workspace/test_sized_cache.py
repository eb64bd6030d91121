import numpy as np
import pytest

from medmeta_core.workspace.sized_cache import SizedCache


def array(side: int) -> np.ndarray:
    return np.zeros((1, side, side), np.float32)


def keep(cache: SizedCache[np.ndarray], name: str, item: np.ndarray, side: int = 0) -> None:
    cache.keep((name, side), item, [item, None])


def test_what_was_not_looked_at_longest_leaves_first():
    cache = SizedCache[np.ndarray](max_bytes=2 * array(8).nbytes)
    first, second, third = array(8), array(8), array(8)
    keep(cache, "first", first)
    keep(cache, "second", second)
    assert cache.find(("first", 0)) is first
    keep(cache, "third", third)
    assert cache.find(("second", 0)) is None
    assert cache.find(("first", 0)) is first
    assert cache.find(("third", 0)) is third


def test_what_is_larger_than_the_cache_is_not_kept():
    cache = SizedCache[np.ndarray](max_bytes=100)
    keep(cache, "large", array(8))
    assert cache.find(("large", 0)) is None
    keep(cache, "small", array(4))
    assert cache.find(("small", 0)) is not None


def test_each_size_is_cached_separately_and_forgotten_with_its_image():
    cache = SizedCache[np.ndarray](max_bytes=10_000)
    keep(cache, "one", array(4), side=4)
    keep(cache, "one", array(5), side=5)
    keep(cache, "other", array(4), side=4)
    assert cache.find(("one", 4)).shape == (1, 4, 4) and cache.find(("one", 5)).shape == (1, 5, 5)
    cache.forget(["one", "unknown"])
    assert cache.find(("one", 4)) is None and cache.find(("one", 5)) is None
    assert cache.find(("other", 4)) is not None


def test_what_is_kept_cannot_be_written_to():
    cache = SizedCache[np.ndarray](max_bytes=10_000)
    item = array(4)
    keep(cache, "one", item)
    with pytest.raises(ValueError, match="read-only"):
        item[0, 0, 0] = 1
