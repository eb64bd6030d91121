"""Accuracy of a method over episodes drawn from a labelled set."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from medmeta_core.datasets.labelled_set import LabelledSet
from medmeta_core.episodes import (
    EmbeddedSupport,
    EpisodeIndices,
    EpisodeSampler,
    EpisodeShape,
    SupportSet,
)
from medmeta_core.evaluation.calibration_error import expected_calibration_error
from medmeta_core.evaluation.condition_figures import ConditionFigures, condition_figures
from medmeta_core.evaluation.embedded_set import EmbeddedSet
from medmeta_core.evaluation.estimate import Estimate, over_patients
from medmeta_core.evaluation.predictions import EpisodePredictions
from medmeta_core.methods import Classifier, FewShotMethod
from medmeta_core.numerics import finite, numerical_failures
from medmeta_core.progress import Progress, silent
from medmeta_core.selection import fit_and_leave_out, fit_on, prior_of
from medmeta_core.trust import fit_temperature


@dataclass(frozen=True)
class Evaluation:
    """What a method reached.

    Attributes:
        shape: the episodes as drawn; fewer ways than asked where the set has fewer conditions.
        accuracy: share of queries recognised, over episodes.
        balanced_accuracy: mean recall over the conditions, over episodes.
        accuracy_over_patients, balanced_accuracy_over_patients: the same means, over patients.
        n_patients_judged: how many; a picture of an unknown patient counts as one.
        log_loss: minus the mean log probability of what is right, over episodes.
        expected_calibration_error: over all queries of all episodes, of the first probability.
        conditions: recall, precision and AUC of each.
        seconds_per_episode: fitting, calibrating and classifying; reading the images not counted.
    """

    shape: EpisodeShape
    n_episodes: int
    accuracy: Estimate
    balanced_accuracy: Estimate
    accuracy_over_patients: Estimate
    balanced_accuracy_over_patients: Estimate
    n_patients_judged: int
    log_loss: Estimate
    expected_calibration_error: float
    conditions: tuple[ConditionFigures, ...]
    seconds_per_episode: float

    @classmethod
    def of(
        cls, predictions: EpisodePredictions, labelled: LabelledSet, shape: EpisodeShape
    ) -> "Evaluation":
        """The figures that answers amount to."""
        shares, even = predictions.shares(), predictions.even_shares()
        patients = patients_of(predictions, labelled)
        return cls(
            shape=shape,
            n_episodes=predictions.n_episodes,
            accuracy=Estimate.of(predictions.by_episode(predictions.correct * shares)),
            balanced_accuracy=Estimate.of(predictions.by_episode(predictions.correct * even)),
            accuracy_over_patients=over_patients(predictions.correct, shares, patients),
            balanced_accuracy_over_patients=over_patients(predictions.correct, even, patients),
            n_patients_judged=int(patients.max()) + 1,
            log_loss=Estimate.of(
                predictions.by_episode(predictions.log_losses * shares), most=float("inf")
            ),
            expected_calibration_error=expected_calibration_error(
                predictions.probabilities.max(1).values, predictions.correct.bool()
            ),
            conditions=condition_figures(predictions, labelled.conditions, patients),
            seconds_per_episode=predictions.seconds / predictions.n_episodes,
        )


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
    """Draw episodes with `seed` and let the method classify their queries.

    Args:
        calibrated: whether each episode's temperature is fitted by leaving its examples out, as
            the dashboard does; gradient methods pay a refit for each fold.

    Raises:
        SupportSetError: the set cannot give such episodes.
        NumericalError: an episode cannot be computed.
    """
    sampler = EpisodeSampler(labelled.labels, labelled.groups, shape)
    generator = torch.Generator().manual_seed(seed)
    episodes = [sampler.draw(generator) for _ in range(n_episodes)]
    predictions = predict_episodes(
        method, labelled, episodes, calibrated=calibrated, progress=progress
    )
    return Evaluation.of(predictions, labelled, sampler.shape)


def predict_episodes(
    method: FewShotMethod,
    labelled: LabelledSet | EmbeddedSet,
    episodes: Sequence[EpisodeIndices],
    *,
    calibrated: bool = True,
    progress: Progress = silent,
) -> EpisodePredictions:
    """What the method, refitted to the examples of each episode, says of its queries.

    Args:
        labelled: by its embeddings only for a method that fits heads to them.
    """
    probabilities = list[Tensor]()
    seconds = 0.0
    for number, episode in enumerate(episodes):
        progress(number / len(episodes), f"episode {number + 1} of {len(episodes)}")
        support = labelled.support(episode.support, episode.support_labels, episode.conditions)
        began = time.perf_counter()
        with numerical_failures():
            classifier = fitted(method, support, calibrated=calibrated)
            answers = _probabilities(classifier, labelled, episode.query)
        probabilities.append(finite(answers))
        seconds += time.perf_counter() - began
    counts = torch.tensor([len(episode.query) for episode in episodes])
    return EpisodePredictions(
        episodes=torch.repeat_interleave(torch.arange(len(episodes)), counts),
        images=torch.cat([episode.query for episode in episodes]),
        labels=torch.cat([episode.query_labels for episode in episodes]),
        probabilities=torch.cat(probabilities),
        conditions=torch.stack([episode.conditions for episode in episodes]),
        seconds=seconds,
    )


def _probabilities(
    classifier: Classifier, labelled: LabelledSet | EmbeddedSet, positions: Tensor
) -> Tensor:
    if isinstance(labelled, EmbeddedSet):
        return labelled.probabilities(classifier, positions)
    return classifier.predict_proba(labelled.images(positions))


def fitted(
    method: FewShotMethod, support: SupportSet | EmbeddedSupport, *, calibrated: bool
) -> Classifier:
    """The method's classifier, its temperature fitted on left-out examples if asked."""
    if not calibrated:
        return fit_on(method, support)
    choice, (classifier, left_out) = fit_and_leave_out(method, support)
    prior = prior_of(method, choice, support)
    return classifier.tempered(fit_temperature(left_out.scores, support.labels, prior))


def patients_of(predictions: EpisodePredictions, labelled: LabelledSet) -> Tensor:
    """(n,) the patient of each answer, counted from 0; an unknown one is one of its own."""
    names = [group or f"\0{i}" for i, group in enumerate(labelled.groups)]
    numbers = {name: k for k, name in enumerate(dict.fromkeys(names))}
    patients = torch.tensor([numbers[name] for name in names])[predictions.images]
    counted: Tensor = torch.unique(patients, return_inverse=True)[1]
    return counted
