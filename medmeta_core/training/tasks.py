"""Training tasks: episodes from one base set each, freshly augmented."""

from dataclasses import dataclass

import torch
from torch import Tensor

from medmeta_core.episodes import EpisodeSampler, EpisodeShape
from medmeta_core.training.augmentation import random_view, vary_exposure
from medmeta_core.training.base_images import BaseImages
from medmeta_core.training.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Task:
    """Pixels (n, 3, s, s) in [0, 1] and labels (n,) of examples and queries."""

    support: Tensor
    support_labels: Tensor
    query: Tensor
    query_labels: Tensor
    n_way: int


class TaskSource:
    """Draws tasks; a set with fewer than two conditions gives none."""

    def __init__(self, images: BaseImages, recipe: Recipe) -> None:
        self._images, self._recipe = images, recipe
        self._sets = [
            s
            for s in range(len(images.sets))
            if len(torch.unique(images.labels[images.set_index == s])) > 1
        ]
        weights = [images.sets[s].weight for s in self._sets]
        self._weights = torch.tensor(weights)

    def draw(self, generator: torch.Generator) -> Task:
        """A task of 1 to `n_shot` examples per condition, from a set drawn by weight."""
        chosen = self._sets[int(torch.multinomial(self._weights, 1, generator=generator))]
        positions = torch.nonzero(self._images.set_index == chosen).flatten()
        n_shot = int(torch.randint(1, self._recipe.n_shot + 1, (), generator=generator))
        shape = EpisodeShape(self._recipe.n_way, n_shot, self._recipe.n_query)
        sampler = EpisodeSampler(self._images.labels[positions], [None] * len(positions), shape)
        episode = sampler.draw(generator)
        return Task(
            self._pixels(positions[episode.support], generator),
            episode.support_labels,
            self._pixels(positions[episode.query], generator),
            episode.query_labels,
            sampler.shape.n_way,
        )

    def _pixels(self, positions: Tensor, generator: torch.Generator) -> Tensor:
        views = [
            random_view(
                self._images.pixels[i],
                self._images.sets[int(self._images.set_index[i])],
                side=self._recipe.input_side,
                generator=generator,
            )
            for i in positions
        ]
        return vary_exposure(torch.stack(views).float() / 255, generator)
