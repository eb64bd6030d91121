"""Examples become one tensor without a second copy of them beside it."""

import pytest
import torch
from peak_memory import resident_peak_apart

from medmeta_core.episodes import SupportSet
from medmeta_core.episodes.pixels import MODEL_SIDE

N = 120
N_BYTES = N * 3 * MODEL_SIDE**2 * 4

PREPARE = f"""
import torch
from medmeta_core.episodes import SupportSet

def squares(n):
    for number in range(n):
        yield torch.full((3, {MODEL_SIDE}, {MODEL_SIDE}), number / n)

def stacked(n):
    return SupportSet.from_pixels(squares(n), ["a", "b"] * (n // 2), patients=[None] * n)

stacked(2)
"""


def test_examples_are_held_once_while_they_are_put_together():
    work = f"made = stacked({N}); assert made.pixels.nbytes == {N_BYTES}"
    assert resident_peak_apart(PREPARE, work) < 1.4 * N_BYTES


def test_squares_come_one_by_one_and_stay_in_their_order():
    squares = [torch.full((3, 8, 8), number / 4) for number in range(4)]
    support_set = SupportSet.from_pixels(iter(squares), ["a", "b", "a", "b"], patients=[None] * 4)
    assert torch.equal(support_set.pixels, torch.stack(squares))


def test_squares_that_are_more_or_fewer_than_the_names_are_an_internal_error():
    squares = [torch.full((3, 8, 8), number / 4) for number in range(4)]
    for n in (2, 6):
        with pytest.raises(ValueError, match="zip"):
            SupportSet.from_pixels(squares, ["a", "b"] * (n // 2), patients=[None] * n)
