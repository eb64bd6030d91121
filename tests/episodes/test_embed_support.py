"""A support set of embeddings is that of the pictures, and takes no more memory than a batch."""

import pytest
import tiny
import torch
from peak_memory import resident_peak_apart

from medmeta_core.analysis import adapt, analyse_pixels
from medmeta_core.embedding import load_backbone
from medmeta_core.episodes import embed_support
from medmeta_core.errors import SupportSetError

N = 400
N_BYTES = N * 3 * 224**2 * 4

PREPARE = """
import tiny
import torch
from medmeta_core.episodes import embed_support

def embedded(n):
    squares = (torch.full((3, 224, 224), number / n) for number in range(n))
    names = ["a", "b"] * (n // 2)
    return embed_support(squares, names, patients=[None] * n, backbone=backbone)

backbone = tiny.backbone()
embedded(32)
"""


def test_many_examples_take_no_more_memory_than_a_few() -> None:
    work = f"support = embedded({N}); assert len(support) == {N}"
    assert resident_peak_apart(PREPARE, work) < 0.5 * N_BYTES  # their pixels alone are 240 MB


@pytest.mark.parametrize("method", ["prototypical", "ridge", "automatic"])
def test_pictures_and_their_embeddings_adapt_alike(method: str) -> None:
    support = tiny.support((4, 4, 4))
    names = [support.conditions[int(label)] for label in support.labels]
    embedded = embed_support(
        iter(support.pixels), names, patients=[None] * 12, backbone=load_backbone()
    )
    query = tiny.stripes(1, 5, seed=9)[0]
    answers = [
        analyse_pixels(query, adapt(examples, method=method)).prediction
        for examples in (support, embedded)
    ]
    assert embedded.side == support.side
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
