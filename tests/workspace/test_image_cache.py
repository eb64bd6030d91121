import numpy as np

from medmeta_core.imaging import MedicalImage
from medmeta_core.workspace.image_cache import ImageCache


def picture(side):
    return MedicalImage(np.zeros((1, side, side), np.float32), "OT", "")


def test_the_image_not_looked_at_longest_leaves_first():
    one = picture(8).pixels.nbytes
    cache = ImageCache(max_bytes=2 * one)
    first, second, third = picture(8), picture(8), picture(8)
    cache.keep("first", first)
    cache.keep("second", second)
    assert cache.find("first") is first
    cache.keep("third", third)
    assert cache.find("second") is None
    assert cache.find("first") is first
    assert cache.find("third") is third


def test_an_image_larger_than_the_cache_is_not_kept():
    cache = ImageCache(max_bytes=100)
    cache.keep("large", picture(8))
    assert cache.find("large") is None
    cache.keep("small", picture(4))
    assert cache.find("small") is not None
