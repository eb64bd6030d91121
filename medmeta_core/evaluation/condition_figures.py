"""`ConditionFigures`: how well one condition is recognised among those drawn beside it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from medmeta_core.evaluation.estimate import Estimate, over_patients
from medmeta_core.evaluation.predictions import EpisodePredictions


@dataclass(frozen=True)
class ConditionFigures:
    """Figures of one condition, as one against the rest of its episodes.

    Attributes:
        recall: share of its pictures that were answered with it; interval over patients.
        precision: share of the answers with it that were right, where every condition is as
            frequent as in the episodes; interval over patients. NaN where it was never answered.
        auc: how often one of its pictures is given more probability for it than one of another
            condition of the same episode; interval over episodes.
        n_images: how many of its pictures were classified.
    """

    condition: str
    recall: Estimate
    precision: Estimate
    auc: Estimate
    n_images: int


def condition_figures(
    predictions: EpisodePredictions, names: tuple[str, ...], patients: Tensor
) -> tuple[ConditionFigures, ...]:
    """The figures of every condition that was drawn; patients (n,) of the answers."""
    is_of = _spread(predictions, predictions.is_of, len(names))
    answered = _spread(predictions, predictions.answered, len(names))
    aucs = episode_aucs(predictions)
    return tuple(
        ConditionFigures(
            name,
            _share(answered[:, k], is_of[:, k], patients),
            _share(is_of[:, k], answered[:, k], patients),
            Estimate.of(aucs[predictions.conditions == k]),
            len(torch.unique(predictions.images[is_of[:, k]])),
        )
        for k, name in enumerate(names)
        if bool(is_of[:, k].any())
    )


def episode_aucs(predictions: EpisodePredictions) -> Tensor:
    """(n_episodes, k) area under the ROC curve of each column in each episode.

    The Mann-Whitney count over all pairs of a picture of the condition and one of another.
    """
    bounds = torch.bincount(predictions.episodes, minlength=predictions.n_episodes).tolist()
    probabilities, is_of = (
        torch.split(predictions.probabilities, bounds),
        torch.split(predictions.is_of, bounds),
    )
    return torch.stack([_aucs(t, i) for t, i in zip(probabilities, is_of, strict=True)])


def _aucs(probabilities: Tensor, is_of: Tensor) -> Tensor:
    """(k,) of probabilities (n, k) and memberships (n, k)."""
    ahead = (probabilities[:, None] > probabilities[None]).double() + 0.5 * (
        probabilities[:, None] == probabilities[None]
    )
    pairs = is_of[:, None] & ~is_of[None]  # (n, n, k)
    return (ahead * pairs).sum((0, 1)) / pairs.sum((0, 1))


def _spread(predictions: EpisodePredictions, columns: Tensor, n_conditions: int) -> Tensor:
    """Marks of columns (n, k) as marks of conditions (n, n_conditions)."""
    marks = torch.zeros(len(columns), n_conditions, dtype=torch.bool)
    return marks.scatter(1, predictions.conditions[predictions.episodes], columns)


def _share(marked: Tensor, among: Tensor, patients: Tensor) -> Estimate:
    if not bool(among.any()):
        return Estimate(float("nan"), 0.0, 1.0)
    estimate = over_patients(marked.double(), among.double(), patients)
    return Estimate(estimate.mean, max(0.0, estimate.low), min(1.0, estimate.high))
