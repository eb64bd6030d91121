"""Answers of many episodes, summed up: checked on a handful that can be counted by hand."""

import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, log_loss, roc_auc_score

from medmeta_core.evaluation import EpisodePredictions, over_patients, paired_difference
from medmeta_core.evaluation.condition_figures import condition_figures, episode_aucs

NAMES = ("flu", "cold", "cough")


def predictions(probabilities: list[list[float]] | None = None) -> EpisodePredictions:
    """Two 2-way episodes: flu against cold, cough against flu."""
    rows = probabilities or [[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.8, 0.2], [0.6, 0.4]]
    return EpisodePredictions(
        episodes=torch.tensor([0, 0, 0, 1, 1]),
        images=torch.tensor([0, 1, 2, 3, 0]),
        labels=torch.tensor([0, 0, 1, 0, 1]),
        probabilities=torch.tensor(rows, dtype=torch.float64),
        conditions=torch.tensor([[0, 1], [2, 0]]),
        seconds=1.0,
    )


def noise(n_episodes: int = 6) -> EpisodePredictions:
    """Random answers, four queries of each of three conditions in every episode."""
    generator = torch.Generator().manual_seed(0)
    n = 12 * n_episodes
    scores = torch.rand(n, 3, generator=generator, dtype=torch.float64)
    return EpisodePredictions(
        episodes=torch.arange(n_episodes).repeat_interleave(12),
        images=torch.arange(n),
        labels=torch.arange(3).repeat_interleave(4).repeat(n_episodes),
        probabilities=scores / scores.sum(1, keepdim=True),
        conditions=torch.arange(3).expand(n_episodes, 3),
        seconds=1.0,
    )


def test_accuracy_and_balanced_accuracy_by_hand() -> None:
    actual = predictions()
    assert actual.correct.tolist() == [1, 0, 1, 1, 0]
    assert actual.by_episode(actual.correct * actual.shares()).tolist() == pytest.approx(
        [2 / 3, 1 / 2]
    )
    assert actual.by_episode(actual.correct * actual.even_shares()).tolist() == pytest.approx(
        [(1 / 2 + 1) / 2, 1 / 2]
    )


def test_each_episode_equals_scikit_learn() -> None:
    predictions = noise()
    balanced = predictions.by_episode(predictions.correct * predictions.even_shares())
    losses = predictions.by_episode(predictions.log_losses * predictions.shares())
    aucs = episode_aucs(predictions)
    for episode in range(predictions.n_episodes):
        in_episode = predictions.episodes == episode
        labels, shares = (
            predictions.labels[in_episode].numpy(),
            predictions.probabilities[in_episode].numpy(),
        )
        assert float(balanced[episode]) == pytest.approx(
            balanced_accuracy_score(labels, shares.argmax(1))
        )
        assert float(losses[episode]) == pytest.approx(log_loss(labels, shares))
        for k in range(3):
            assert float(aucs[episode, k]) == pytest.approx(
                roc_auc_score(labels == k, shares[:, k])
            )


def test_recall_and_precision_of_a_condition_by_hand() -> None:
    flu, cold, cough = condition_figures(predictions(), NAMES, torch.tensor([0, 1, 2, 3, 0]))
    # Flu was asked three times (pictures 0, 1, 0) and found once; it was answered once.
    assert (flu.recall.mean, flu.precision.mean, flu.n_images) == pytest.approx((1 / 3, 1.0, 2))
    assert (cold.recall.mean, cold.precision.mean) == pytest.approx((1.0, 0.5))
    assert (cough.recall.mean, cough.precision.mean) == pytest.approx((1.0, 0.5))
    assert (flu.auc.mean, cough.auc.mean) == (1.0, 1.0)  # told more of it than of the others


def test_more_episodes_on_the_same_patients_narrow_only_the_interval_over_episodes() -> None:
    generator = torch.Generator().manual_seed(1)
    of_patient = torch.rand(20, generator=generator)
    widths = []
    for n_episodes in (20, 2_000):
        patients = torch.randint(20, (n_episodes,), generator=generator)
        estimate = over_patients(of_patient[patients], torch.ones(n_episodes), patients)
        widths.append(estimate.high - estimate.low)
    expected = 2 * 1.96 * float(of_patient.std(correction=0)) / 20**0.5
    assert widths[1] == pytest.approx(expected, rel=0.15)


def test_a_patient_with_many_pictures_counts_as_one_patient() -> None:
    values = torch.tensor([1.0] * 50 + [0.0] * 50)
    one_each = over_patients(values, torch.ones(100), torch.arange(100))
    two_in_all = over_patients(values, torch.ones(100), torch.arange(100) // 50)
    assert one_each.high - one_each.low < 0.25
    assert (two_in_all.low, two_in_all.high) == (0.0, 1.0)


def test_the_paired_difference_of_a_method_with_itself_is_nothing() -> None:
    predictions = noise()
    difference = paired_difference(predictions, predictions, predictions.images)
    assert (
        difference.over_episodes.mean,
        difference.over_episodes.low,
        difference.over_episodes.high,
    ) == (
        0,
        0,
        0,
    )


def test_the_paired_difference_by_hand() -> None:
    better = predictions([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.8, 0.2], [0.6, 0.4]])
    difference = paired_difference(better, predictions(), torch.tensor([0, 1, 2, 3, 0]))
    # One more flu of two in the first episode, nothing in the second: (0.25 + 0) / 2.
    assert difference.over_episodes.mean == pytest.approx(0.125)
    assert difference.over_patients.mean == pytest.approx(0.125)


def test_answers_to_other_episodes_are_not_compared() -> None:
    with pytest.raises(ValueError, match="same episodes"):
        paired_difference(noise(6), noise(5), torch.arange(72))
