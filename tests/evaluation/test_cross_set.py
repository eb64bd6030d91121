"""Examples from one set, queries from another."""

import pytest
import tiny
import torch

from medmeta_core.datasets import LabelledSet
from medmeta_core.episodes import EpisodeShape
from medmeta_core.errors import SupportSetError
from medmeta_core.evaluation import CrossSampler, CrossSet, predict_episodes
from medmeta_core.methods import OnBackbone, Prototypical


def labelled(conditions: dict[str, int], *, n: int = 6) -> LabelledSet:
    """Stripes whose period goes with the number of the condition."""
    pixels = torch.cat([tiny.stripes(n, 3 + 4 * k, seed=k) for k in conditions.values()])
    labels = torch.arange(len(conditions)).repeat_interleave(n)
    groups = tuple(f"P{i}" for i in range(len(labels)))
    return LabelledSet((pixels * 255).to(torch.uint8), labels, tuple(conditions), groups, ())


def test_conditions_meet_by_name_whatever_the_spelling() -> None:
    examples = labelled({"Basal cell": 0, "Melanoma": 1, "Nevus": 2})
    cross = CrossSet.of(examples, labelled({"melanoma": 1, "basal_cell": 0, "wart": 3}))
    assert cross.labelled.conditions == ("Basal cell", "Melanoma")
    assert cross.n_examples == 12
    assert cross.labelled.labels[cross.n_examples :].tolist() == [1] * 6 + [0] * 6


def test_a_further_pair_may_be_named() -> None:
    cross = CrossSet.of(
        labelled({"normal": 0, "tb": 1}),
        labelled({"healthy": 0, "tuberculosis": 1}),
        {"healthy": "normal", "tuberculosis": "tb"},
    )
    assert cross.labelled.conditions == ("normal", "tb")


@pytest.mark.parametrize("same", [{}, {"sick": "tb"}, {"healthy": "well"}])
def test_sets_that_do_not_meet_are_reported(same: dict[str, str]) -> None:
    examples, queries = labelled({"normal": 0, "tb": 1}), labelled({"healthy": 0, "tb": 1})
    with pytest.raises(SupportSetError):
        CrossSet.of(examples, queries, same)


def test_examples_are_of_one_set_and_queries_of_the_other() -> None:
    cross = CrossSet.of(labelled({"a": 0, "b": 1, "c": 2}), labelled({"c": 2, "a": 0, "b": 1}))
    sampler = CrossSampler(cross, EpisodeShape(5, 2, 4))
    episode = sampler.draw(torch.Generator().manual_seed(0))
    assert sampler.shape.n_way == 3
    assert int(episode.support.max()) < cross.n_examples <= int(episode.query.min())
    truth = cross.labelled.labels
    assert torch.equal(truth[episode.support], episode.conditions[episode.support_labels])
    assert torch.equal(truth[episode.query], episode.conditions[episode.query_labels])
    assert (len(episode.support), len(episode.query)) == (6, 12)


def test_the_same_pictures_under_another_name_are_recognised() -> None:
    """The order of the conditions differs between the sets: a wrong match would be chance."""
    cross = CrossSet.of(labelled({"a": 0, "b": 1, "c": 2}), labelled({"C": 2, "A": 0, "B": 1}))
    sampler = CrossSampler(cross, EpisodeShape(3, 2, 4))
    generator = torch.Generator().manual_seed(0)
    episodes = [sampler.draw(generator) for _ in range(4)]
    predictions = predict_episodes(
        OnBackbone(Prototypical(tiny.backbone())), cross.labelled, episodes
    )
    assert float(predictions.correct.mean()) > 0.9


def test_too_few_examples_are_reported() -> None:
    cross = CrossSet.of(labelled({"a": 0, "b": 1}, n=2), labelled({"a": 0, "b": 1}))
    with pytest.raises(SupportSetError, match="in one set"):
        CrossSampler(cross, EpisodeShape(2, 3, 4))
