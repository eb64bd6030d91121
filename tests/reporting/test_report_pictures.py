import io

import numpy as np
from bone_lesions import encoded
from PIL import Image

from medmeta_core.reporting.pictures import colour_bar_png, for_print, upright

RED = np.broadcast_to(np.array([1.0, 0, 0]), (900, 1800, 3))


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_grey_picture_stays_lossless():
    grey = np.linspace(0, 1, 64)[None].repeat(64, 0)
    content = encoded(grey)
    assert np.array_equal(np.asarray(opened(for_print(content))), np.asarray(opened(content)))


def test_a_large_picture_is_made_smaller_without_being_bent():
    assert opened(for_print(encoded(RED), max_side=200)).size == (200, 100)


def test_a_colour_picture_becomes_small_in_bytes_but_not_in_colour():
    printed = opened(for_print(encoded(RED)))
    assert printed.format == "JPEG"
    assert np.abs(np.asarray(printed)[5, 5].astype(int) - [255, 0, 0]).max() <= 3


def test_the_colour_bar_runs_from_dark_to_bright_and_upright_has_bright_on_top():
    bar = np.asarray(opened(colour_bar_png("inferno")).convert("L")).astype(int)
    assert bar[0, 0] < 5 < 200 < bar[0, -1]
    standing = np.asarray(opened(upright(colour_bar_png("inferno"))).convert("L")).astype(int)
    assert standing[0, 0] == bar[0, -1] and standing[-1, 0] == bar[0, 0]
