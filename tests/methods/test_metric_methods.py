"""Matching, Relation, SimpleShot and Baseline++ against numbers computed by hand."""

import math
from dataclasses import replace

import pytest
import tiny
import torch
import torch.nn.functional as F

from medmeta_core.errors import BackboneError
from medmeta_core.methods import METHODS
from medmeta_core.methods.baseline_pp import BaselinePlusPlus
from medmeta_core.methods.full_context import FullContext
from medmeta_core.methods.heads import balanced_fold_weights, keep_all
from medmeta_core.methods.matching import MatchingHead
from medmeta_core.methods.relation import RelationHead, RelationModule
from medmeta_core.methods.simpleshot import CentredUnitLength


def test_the_attention_on_two_examples_by_hand() -> None:
    """Cosines 1 and 0 at scale log 3: attention 3/4 and 1/4."""
    head = MatchingHead(torch.eye(2), torch.eye(2), scale=math.log(3))
    scores = head(torch.tensor([[5.0, 0.0]])).softmax(1)
    torch.testing.assert_close(scores, torch.tensor([[0.75, 0.25]]))


def test_two_equal_examples_of_a_condition_vote_like_one() -> None:
    examples = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    votes = torch.tensor([[0.5, 0.0], [0.5, 0.0], [0.0, 1.0]])
    query = torch.tensor([[0.6, 0.8]])
    scores = MatchingHead(examples, votes, scale=10)(query)
    torch.testing.assert_close(scores, torch.tensor([[6.0, 8.0]]))


def test_an_unlearned_context_changes_nothing() -> None:
    torch.manual_seed(0)
    context, examples = FullContext(6), torch.randn(4, 6)
    weights = torch.full((1, 4), 0.25)
    assert torch.equal(context.examples(examples, weights)[0], examples)
    assert torch.equal(context.queries(examples, examples, weights[0]), examples)


def test_a_learned_context_depends_on_the_other_examples() -> None:
    torch.manual_seed(0)
    context, examples = FullContext(6), 0.1 * torch.randn(4, 6)
    torch.nn.init.normal_(context.up_examples.weight)
    rows = torch.tensor([[0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0.0, 0.0]])
    everything, half = context.examples(examples, rows)
    assert not torch.allclose(everything[0], half[0])
    torch.testing.assert_close(half[:2], context.examples(examples[:2], rows[1:, :2])[0])


def test_the_relation_of_two_pairs_by_hand() -> None:
    module = RelationModule(2)
    torch.nn.init.zeros_(module.out.weight)
    for layer, value in ((module.out.bias, 1.0), (module.cosine.bias, 0.0)):
        torch.nn.init.constant_(layer, value)
    torch.nn.init.constant_(module.cosine.weight, 10.0)
    head = RelationHead(module, torch.tensor([[2.0, 0.0], [0.0, 3.0]]))
    torch.testing.assert_close(head(torch.tensor([[0.3, 0.4]])), torch.tensor([[7.0, 9.0]]))


@pytest.mark.parametrize("unit_length", [True, False], ids=["whitened", "centred"])
def test_simpleshot_sees_centred_features_of_length_1(unit_length: bool) -> None:
    backbone = tiny.backbone(unit_length=unit_length)
    network = backbone.network
    torch.manual_seed(1)
    network.base_mean.normal_()
    if unit_length:
        network.base_whitening.copy_(torch.eye(512) + 0.01 * torch.randn(512, 512))
    pixels = tiny.stripes(3, 5, seed=2)
    with torch.no_grad():
        embeddings = CentredUnitLength(backbone.unwhitening)(network(pixels))
        centred = network.pooled(pixels) - network.base_mean
    torch.testing.assert_close(embeddings, F.normalize(centred, dim=-1), atol=1e-4, rtol=0)


def test_the_directions_of_baseline_pp_leave_hardly_a_slope() -> None:
    generator = torch.Generator().manual_seed(0)
    points = F.normalize(torch.randn(9, 4, generator=generator).double(), dim=-1)
    labels = torch.arange(9) % 3
    weights = balanced_fold_weights(labels, keep_all(labels))
    prototypes = F.one_hot(labels).double().T @ points / 3
    method, slopes = BaselinePlusPlus(tiny.backbone()), []
    for directions in (prototypes, method.fit_directions(points, labels, weights)[0]):
        unit = F.normalize(directions, dim=-1).requires_grad_()
        loss = F.cross_entropy(method.scale * points @ F.normalize(unit, dim=-1).T, labels)
        slopes.append(torch.autograd.grad(loss, unit)[0].norm())
    assert slopes[1] < 0.02 * slopes[0]


@pytest.mark.parametrize("name", ["relation", "matching-fce"])
def test_a_backbone_without_the_part_is_reported_in_plain_words(name: str) -> None:
    bare = replace(tiny.backbone(), parts={})
    with pytest.raises(BackboneError, match="Choose another method or backbone") as error:
        METHODS[name].make(bare).fit(tiny.support())
    assert error.value.rule == "no-part"
