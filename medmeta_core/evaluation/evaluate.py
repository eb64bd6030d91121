"""Accuracy of a method over episodes drawn from a labelled set."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from medmeta_core.episodes import EpisodeSampler, EpisodeShape, SupportSet
from medmeta_core.evaluation.calibration_error import expected_calibration_error
from medmeta_core.evaluation.labelled_set import LabelledSet
from medmeta_core.methods import Classifier, FewShotMethod
from medmeta_core.progress import Progress, silent
from medmeta_core.trust import fit_temperature, leave_one_out


@dataclass(frozen=True)
class Estimate:
    """A mean over episodes with its 95 % interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Estimate":
        """Mean ± 1.96 standard errors; the interval is (0, 1) for a single value.

        >>> Estimate.of([0.5, 0.7]).mean
        0.6
        """
        told = torch.tensor(values, dtype=torch.float64)
        mean = float(told.mean())
        if len(values) < 2:
            return cls(mean, 0.0, 1.0)
        half = 1.959964 * float(told.std()) / sqrt(len(values))
        return cls(mean, max(0.0, mean - half), min(1.0, mean + half))


@dataclass(frozen=True)
class Evaluation:
    """What a method reached.

    Attributes:
        shape: the episodes as drawn; fewer ways than asked where the set has fewer conditions.
        accuracy: share of queries recognised, over episodes.
        balanced_accuracy: mean recall over the conditions, over episodes.
        expected_calibration_error: over all queries of all episodes, of the first probability.
        seconds_per_episode: fitting, calibrating and judging; reading the images not counted.
    """

    shape: EpisodeShape
    n_episodes: int
    accuracy: Estimate
    balanced_accuracy: Estimate
    expected_calibration_error: float
    seconds_per_episode: float


def evaluate(
    method: FewShotMethod,
    labelled: LabelledSet,
    shape: EpisodeShape,
    *,
    n_episodes: int = 600,
    seed: int = 0,
    calibrated: bool = True,
    progress: Progress = silent,
) -> Evaluation:
    """Draw episodes with `seed` and let the method judge their queries.

    Args:
        calibrated: whether each episode's temperature is fitted by leaving its examples out, as
            the dashboard does; gradient methods pay a refit for each fold.

    Raises:
        SupportSetError: the set cannot give such episodes.
    """
    sampler = EpisodeSampler(labelled.labels, labelled.groups, shape)
    generator = torch.Generator().manual_seed(seed)
    accuracies, balanced, told, right = [], [], list[Tensor](), list[Tensor]()
    seconds = 0.0
    for episode in range(n_episodes):
        progress(episode / n_episodes, f"episode {episode + 1} of {n_episodes}")
        drawn = sampler.draw(generator)
        support = labelled.support(drawn.support, drawn.support_labels, drawn.conditions)
        query = labelled.images(drawn.query)
        began = time.perf_counter()
        probabilities = fitted(method, support, calibrated=calibrated).predict_proba(query)
        seconds += time.perf_counter() - began
        correct = probabilities.argmax(1) == drawn.query_labels
        accuracies.append(float(correct.double().mean()))
        balanced.append(mean_recall(correct, drawn.query_labels))
        told.append(probabilities.max(1).values)
        right.append(correct)
    return Evaluation(
        sampler.shape,
        n_episodes,
        Estimate.of(accuracies),
        Estimate.of(balanced),
        expected_calibration_error(torch.cat(told), torch.cat(right)),
        seconds / n_episodes,
    )


def fitted(method: FewShotMethod, support: SupportSet, *, calibrated: bool) -> Classifier:
    """The method's classifier, its temperature fitted on left-out examples if asked."""
    classifier = method.fit(support)
    if not calibrated:
        return classifier
    left_out = leave_one_out(method, support, max_folds=10)
    return classifier.tempered(fit_temperature(left_out.scores, support.labels))


def mean_recall(correct: Tensor, labels: Tensor) -> float:
    """Balanced accuracy: the mean over labels (n,) of the share of `correct` (n,) among them."""
    return float(
        torch.stack([correct[labels == k].double().mean() for k in torch.unique(labels)]).mean()
    )
