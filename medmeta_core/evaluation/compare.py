"""Two methods, or two backbones, on the same episodes: the difference and its intervals."""

from dataclasses import dataclass

import torch
from torch import Tensor

from medmeta_core.evaluation.estimate import Estimate, over_patients
from medmeta_core.evaluation.predictions import EpisodePredictions


@dataclass(frozen=True)
class Difference:
    """How much better the first is than the second in balanced accuracy, pair by pair.

    Attributes:
        over_episodes: whether the first is better on these pictures; interval over episodes.
        over_patients: whether it would be on other patients; interval over patients.
    """

    over_episodes: Estimate
    over_patients: Estimate


def paired_difference(
    first: EpisodePredictions, second: EpisodePredictions, patients: Tensor
) -> Difference:
    """The difference of balanced accuracies; patients (n,) of the answers.

    Raises:
        ValueError: the two did not classify the same episodes.
    """
    if not torch.equal(first.images, second.images):
        raise ValueError("paired_difference: expected answers to the same episodes")
    differences, even = first.correct - second.correct, first.even_shares()
    return Difference(
        Estimate.of(first.by_episode(differences * even), least=-1.0),
        over_patients(differences, even, patients),
    )
