"""Embedding every picture once gives the same answers as embedding it in every episode."""

import pytest
import tiny
import torch

from medmeta_core.datasets import LabelledSet
from medmeta_core.episodes import EpisodeSampler, EpisodeShape
from medmeta_core.evaluation import EmbeddedSet, embed_all, evaluate, predict_episodes
from medmeta_core.methods import METHODS

OF_FEATURES = [name for name, entry in METHODS.items() if entry.max_folds > 10]


@pytest.fixture(scope="module")
def labelled() -> LabelledSet:
    pixels = torch.cat([tiny.stripes(8, 3 + k, seed=k) for k in range(4)])
    labels = torch.arange(4).repeat_interleave(8)
    return LabelledSet((pixels * 255).to(torch.uint8), labels, tuple("abcd"), (None,) * 32, ())


@pytest.mark.parametrize("name", OF_FEATURES)
def test_a_method_says_the_same_of_pictures_and_of_their_embeddings(
    name: str, labelled: LabelledSet
) -> None:
    backbone = tiny.backbone()
    sampler = EpisodeSampler(labelled.labels, labelled.groups, EpisodeShape(3, 2, 4))
    generator = torch.Generator().manual_seed(0)
    episodes = [sampler.draw(generator) for _ in range(3)]
    embedded = EmbeddedSet(labelled, embed_all(backbone, labelled))
    of_pixels = predict_episodes(METHODS[name].make(backbone), labelled, episodes)
    predictions = predict_episodes(METHODS[name].make(backbone), embedded, episodes)
    assert torch.allclose(of_pixels.probabilities, predictions.probabilities, atol=1e-5)
    assert torch.equal(of_pixels.predicted, predictions.predicted)


@pytest.mark.parametrize("name", ["maml", "film"])
def test_a_method_that_looks_at_pixels_refuses_embeddings(name: str, labelled: LabelledSet) -> None:
    backbone = tiny.backbone()
    embedded = EmbeddedSet(labelled, torch.zeros(32, backbone.n_features))
    (episode,) = [
        EpisodeSampler(labelled.labels, labelled.groups, EpisodeShape(3, 2, 4)).draw(
            torch.Generator().manual_seed(0)
        )
    ]
    with pytest.raises(ValueError, match="looks at pixels"):
        predict_episodes(METHODS[name].make(backbone), embedded, [episode])


def test_an_evaluation_tells_every_condition_and_both_intervals(labelled: LabelledSet) -> None:
    evaluation = evaluate(
        METHODS["prototypical"].make(tiny.backbone()),
        labelled,
        EpisodeShape(4, 1, 3),
        n_episodes=20,
    )
    assert [figures.condition for figures in evaluation.conditions] == list("abcd")
    for estimate in (evaluation.balanced_accuracy, evaluation.balanced_accuracy_over_patients):
        assert estimate.low <= estimate.mean <= estimate.high
    assert evaluation.balanced_accuracy.mean == pytest.approx(
        evaluation.balanced_accuracy_over_patients.mean
    )
    assert evaluation.balanced_accuracy.mean == pytest.approx(
        sum(figures.recall.mean for figures in evaluation.conditions) / 4
    )
    assert evaluation.n_patients_judged == 32
    assert 0 < evaluation.log_loss.mean < 10
