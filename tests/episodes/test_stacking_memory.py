"""Examples become one tensor without a second copy of them beside it."""

import subprocess
import sys

import pytest
import torch

from medmeta_core.episodes import SupportSet
from medmeta_core.episodes.pixels import MODEL_SIDE

N = 120

STACKING = f"""
import sys
import torch
from pathlib import Path
from medmeta_core.episodes import SupportSet

def squares():
    for number in range({N}):
        yield torch.full((3, {MODEL_SIDE}, {MODEL_SIDE}), number / {N})

def megabytes(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith(field))

SupportSet.from_pixels(list(squares())[:2], ["a", "b"], patients=[None] * 2)
Path("/proc/self/clear_refs").write_text("5")
before = megabytes("VmRSS")
support = SupportSet.from_pixels(squares(), ["a", "b"] * {N // 2}, patients=[None] * {N})
print(megabytes("VmHWM") - before, support.pixels.nbytes >> 20)
"""


def test_examples_are_held_once_while_they_are_put_together():
    done = subprocess.run(
        [sys.executable, "-c", STACKING], capture_output=True, text=True, timeout=300, check=True
    )
    growth, needed = map(int, done.stdout.split())
    assert needed == N * 3 * MODEL_SIDE**2 * 4 >> 20
    assert growth < 1.4 * needed


def test_squares_come_one_by_one_and_stay_in_their_order():
    squares = [torch.full((3, 8, 8), number / 4) for number in range(4)]
    made = SupportSet.from_pixels(iter(squares), ["a", "b", "a", "b"], patients=[None] * 4)
    assert torch.equal(made.pixels, torch.stack(squares))


def test_squares_that_are_more_or_fewer_than_the_names_are_our_own_fault():
    squares = [torch.full((3, 8, 8), number / 4) for number in range(4)]
    for n in (2, 6):
        with pytest.raises(ValueError, match="zip"):
            SupportSet.from_pixels(squares, ["a", "b"] * (n // 2), patients=[None] * n)
