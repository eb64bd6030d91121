"""A support set of embeddings is that of the pictures, and takes no more memory than a batch."""

import subprocess
import sys

import pytest
import tiny
import torch

from medmeta_core.analysis import adapt, analyse_pixels
from medmeta_core.embedding import load_backbone
from medmeta_core.episodes import embed_support
from medmeta_core.errors import SupportSetError

N = 400

EMBEDDING = f"""
import torch
from pathlib import Path
import sys
sys.path.insert(0, "tests")
import tiny
from medmeta_core.episodes import embed_support

def squares(n):
    for number in range(n):
        yield torch.full((3, 224, 224), number / n)

def megabytes(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith(field))

def embedded(n):
    names = ["a", "b"] * (n // 2)
    return embed_support(squares(n), names, patients=[None] * n, backbone=backbone)

backbone = tiny.backbone()
embedded(32)
Path("/proc/self/clear_refs").write_text("5")
before = megabytes("VmRSS")
support = embedded({N})
print(megabytes("VmHWM") - before, len(support))
"""


def test_many_examples_take_no_more_memory_than_a_few() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EMBEDDING], capture_output=True, text=True, timeout=300, check=True
    )
    growth, n = map(int, done.stdout.split())
    assert n == N
    assert growth < 0.5 * (N * 3 * 224**2 * 4 >> 20)  # their pixels alone are 240 MB


@pytest.mark.parametrize("method", ["prototypical", "ridge", "automatic"])
def test_pictures_and_their_embeddings_adapt_alike(method: str) -> None:
    support = tiny.support((4, 4, 4))
    names = [support.conditions[int(label)] for label in support.labels]
    known = embed_support(
        iter(support.pixels), names, patients=[None] * 12, backbone=load_backbone()
    )
    query = tiny.stripes(1, 5, seed=9)[0]
    answers = [
        analyse_pixels(query, adapt(examples, method=method)).prediction
        for examples in (support, known)
    ]
    assert known.side == support.side
    assert answers[0] == answers[1]


def test_the_same_picture_in_all_examples_is_refused() -> None:
    squares = [torch.full((3, 8, 8), 0.5)] * 40
    names = ["flu", "cold"] * 20
    with pytest.raises(SupportSetError, match="All 40 examples") as refusal:
        embed_support(squares, names, patients=[None] * 40, backbone=tiny.backbone())
    assert refusal.value.rule == "all-the-same"


def test_one_condition_is_no_task() -> None:
    squares = [torch.full((3, 8, 8), 0.1 * k) for k in range(3)]
    with pytest.raises(SupportSetError, match="two conditions"):
        embed_support(squares, ["flu"] * 3, patients=[None] * 3, backbone=tiny.backbone())
