"""Prototypical networks against numbers computed by hand."""

import math

import pytest
import torch

from medmeta_core.methods import PrototypeHead, prototypes


def test_a_prototype_is_the_mean_of_its_examples() -> None:
    embeddings = torch.tensor([[0.0, 0.0], [2.0, 4.0], [5.0, 5.0]])
    means = prototypes(embeddings, torch.tensor([0, 0, 1]), 2)
    assert means.tolist() == [[1.0, 2.0], [5.0, 5.0]]


def test_the_example_of_the_paper_by_hand() -> None:
    head = PrototypeHead(torch.tensor([[0.0, 0.0], [4.0, 0.0]]), scale=1.0)
    scores = head(torch.tensor([[1.0, 0.0]]))
    assert scores.tolist() == [[-1.0, -9.0]]
    assert scores.softmax(-1)[0, 0].item() == pytest.approx(1 / (1 + math.exp(-8)))
