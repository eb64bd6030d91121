"""Same features and episodes, same answers as easyfsl, for every method that both have.

FEAT needs weights of its own that we do not have; BD-CSPN, Laplacian Shot, PT-MAP, TIM and its
transductive fine-tuning classify the queries by each other, which nothing here does.
"""

from collections.abc import Callable

import pytest
import tiny
import torch
import torch.nn.functional as F
from easyfsl import methods as easyfsl
from torch import Tensor, nn

from medmeta_core.methods import OnBackbone
from medmeta_core.methods.baseline_pp import BaselinePlusPlus, CosineHead
from medmeta_core.methods.full_context import STEPS, AttentionReading
from medmeta_core.methods.heads import balanced_fold_weights, keep_all
from medmeta_core.methods.matching import MatchingHead
from medmeta_core.methods.prototypical import PrototypeHead, prototypes
from medmeta_core.methods.relation import RelationHead, RelationModule
from medmeta_core.methods.simpleshot import SimpleShot

N_WAY, D, EPISODES = 5, 32, 40


def episode(seed: int, n_shot: int) -> tuple[Tensor, Tensor, Tensor]:
    """Examples, their labels and queries: overlapping clouds."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(N_WAY, D, generator=generator)
    labels = torch.arange(N_WAY).repeat_interleave(n_shot)
    examples = centres[labels] + 2 * torch.randn(len(labels), D, generator=generator)
    queries = centres.repeat(15, 1) + 2 * torch.randn(15 * N_WAY, D, generator=generator)
    return examples, labels, queries


def assert_agree(theirs: nn.Module, n_shot: int, ours: Callable[..., Tensor]) -> None:
    """The first answer to each query of every episode is the same."""
    for seed in range(EPISODES):
        examples, labels, queries = episode(seed, n_shot)
        theirs.process_support_set(examples, labels)
        with torch.no_grad():
            expected, actual = theirs(queries), ours(examples, labels, queries)
        assert torch.equal(actual.argmax(1), expected.argmax(1)), seed


@pytest.mark.parametrize("n_shot", [1, 5])
def test_prototypical(n_shot: int) -> None:
    def ours(examples: Tensor, labels: Tensor, queries: Tensor) -> Tensor:
        return PrototypeHead(prototypes(examples, labels, N_WAY), 1.0)(queries)

    assert_agree(easyfsl.PrototypicalNetworks(), n_shot, ours)


class NoContext(nn.Module):
    """Adds nothing to an embedding: as an encoder of examples, and as a cell of queries."""

    def forward(self, sequence: Tensor, state: object = None) -> tuple[Tensor, Tensor]:
        n_features = 2 * sequence.shape[-1] if state is None else sequence.shape[-1] // 2
        nothing = sequence.new_zeros(*sequence.shape[:-1], n_features)
        return nothing, nothing


@pytest.mark.parametrize("n_shot", [1, 5])
def test_matching_without_context(n_shot: int) -> None:
    def ours(examples: Tensor, labels: Tensor, queries: Tensor) -> Tensor:
        return MatchingHead(examples, F.one_hot(labels).float(), scale=1.0)(queries)

    theirs = easyfsl.MatchingNetworks(
        feature_dimension=D,
        support_encoder=NoContext(),
        query_encoder=NoContext(),
        feature_normalization=2,
    )
    assert_agree(theirs, n_shot, ours)


def test_the_reading_of_the_examples_for_a_query() -> None:
    """easyfsl reads as often as there are examples: here as often as ours does."""
    torch.manual_seed(0)
    reading = AttentionReading(D)
    theirs = easyfsl.MatchingNetworks(feature_dimension=D, query_encoder=reading.cell)
    theirs.contextualized_support_features = torch.randn(STEPS, D)
    queries = torch.randn(7, D)
    with torch.no_grad():
        expected = theirs.encode_query_features(queries)
        actual = reading(queries, theirs.contextualized_support_features, torch.zeros(1, STEPS))
    torch.testing.assert_close(actual, expected)


class OnMaps(nn.Module):
    """Our relation module where easyfsl has one for maps (n, 2 d, 1, 1)."""

    def __init__(self, module: RelationModule) -> None:
        super().__init__()
        self.module = module

    def forward(self, maps: Tensor) -> Tensor:
        relation: Tensor = self.module(maps.flatten(1)).sigmoid()
        return relation


@pytest.mark.parametrize("n_shot", [1, 5])
def test_relation_with_the_same_weights(n_shot: int) -> None:
    torch.manual_seed(0)
    module = RelationModule(D)

    def ours(examples: Tensor, labels: Tensor, queries: Tensor) -> Tensor:
        return RelationHead(module, prototypes(examples, labels, N_WAY))(queries)

    backbone = nn.Unflatten(1, (D, 1, 1))
    theirs = easyfsl.RelationNetworks(backbone, feature_dimension=D, relation_module=OnMaps(module))
    assert_agree(theirs, n_shot, ours)


@pytest.mark.parametrize("n_shot", [1, 4])
def test_simpleshot_is_their_prototypes_of_centred_features_of_length_1(n_shot: int) -> None:
    """Their SimpleShot compares by the cosine: equal for one example, where a mean has length 1."""
    backbone = tiny.backbone()
    backbone.network.base_mean.normal_(generator=torch.Generator().manual_seed(1))
    cl2n = {"feature_centering": backbone.network.base_mean, "feature_normalization": 2}
    theirs = [easyfsl.PrototypicalNetworks(**cl2n)]
    theirs += [easyfsl.SimpleShot(**cl2n)] if n_shot == 1 else []
    queries = torch.rand(40, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    for seed in range(3):
        support = tiny.support((n_shot,) * 3, seed=seed)
        scores = OnBackbone(SimpleShot(backbone)).fit(support).scores(queries)
        for method in theirs:
            with torch.no_grad():
                method.process_support_set(backbone.network.pooled(support.pixels), support.labels)
                expected = method(backbone.network.pooled(queries))
            assert torch.equal(scores.argmax(1), expected.argmax(1))


@pytest.mark.parametrize("n_shot", [1, 5])
def test_baseline_pp_is_their_fine_tuning_run_to_its_end(n_shot: int) -> None:
    ours = BaselinePlusPlus(tiny.backbone())
    theirs = easyfsl.Finetune(
        fine_tuning_steps=100, fine_tuning_lr=0.1, temperature=ours.scale, feature_normalization=2
    )
    agreed = []
    for seed in range(3):
        examples, labels, queries = episode(seed, n_shot)
        theirs.process_support_set(examples, labels)
        points = F.normalize(examples, dim=-1).double()
        weights = balanced_fold_weights(labels, keep_all(labels))
        head = CosineHead(ours.fit_directions(points, labels, weights)[0].float(), ours.scale)
        agreed.append(theirs(queries).argmax(1) == head(queries).argmax(1))
    assert torch.cat(agreed).double().mean() > 0.99
