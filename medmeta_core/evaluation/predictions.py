"""`EpisodePredictions`: what a method said of every query of every episode."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True, eq=False)
class EpisodePredictions:
    """n answers in all, k conditions in each episode.

    Attributes:
        episodes: (n,) the episode of each answer.
        images: (n,) the position of the picture in the set.
        labels: (n,) which column is right.
        probabilities: (n, k).
        conditions: (n_episodes, k) the condition that each column stands for.
        seconds: fitting, calibrating and classifying in all.
    """

    episodes: Tensor
    images: Tensor
    labels: Tensor
    probabilities: Tensor
    conditions: Tensor
    seconds: float

    @property
    def n_episodes(self) -> int:
        """Number of episodes."""
        return len(self.conditions)

    @property
    def predicted(self) -> Tensor:
        """(n,) the most probable column."""
        return self.probabilities.argmax(1)

    @property
    def correct(self) -> Tensor:
        """(n,) 1 where the answer is right, else 0."""
        return (self.predicted == self.labels).double()

    @property
    def log_losses(self) -> Tensor:
        """(n,) minus the logarithm of the probability of what is right."""
        true_probabilities = self.probabilities.gather(1, self.labels[:, None])[:, 0]
        return -true_probabilities.double().clamp_min(1e-12).log()

    @property
    def is_of(self) -> Tensor:
        """(n, k) whether the picture is of the column's condition."""
        return F.one_hot(self.labels, self.probabilities.shape[1]).bool()

    @property
    def answered(self) -> Tensor:
        """(n, k) whether the column was answered."""
        return F.one_hot(self.predicted, self.probabilities.shape[1]).bool()

    def shares(self) -> Tensor:
        """(n,) weights that sum to 1 in each episode and are equal within it."""
        counts = torch.bincount(self.episodes, minlength=self.n_episodes)
        return 1 / counts[self.episodes].double()

    def even_shares(self) -> Tensor:
        """(n,) weights that sum to 1 in each episode, each of its conditions counting alike."""
        k = self.probabilities.shape[1]
        cells = self.episodes * k + self.labels
        counts = torch.bincount(cells, minlength=self.n_episodes * k)
        present = (counts.view(-1, k) > 0).sum(1)
        return 1 / (counts[cells] * present[self.episodes]).double()

    def by_episode(self, values: Tensor) -> Tensor:
        """(n_episodes,) the sums of values (n,)."""
        sums = torch.zeros(self.n_episodes, dtype=torch.float64)
        return sums.index_add(0, self.episodes, values.double())
