"""Training tasks: episodes from one base set each; a patient is never on both sides."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.episodes import EpisodeSampler, EpisodeShape
from medmeta_core.errors import SupportSetError
from medmeta_core.training.inputs.augmentation import random_view, vary_exposure
from medmeta_core.training.inputs.base_images import BaseImages
from medmeta_core.training.recipe import Recipe, RecipeError

Look = Callable[[BaseImages, Tensor, int, torch.Generator], Tensor]
"""Pictures at positions (n,) → pixels (n, 3, side, side) in [0, 1]."""


@dataclass(frozen=True, eq=False)
class Task:
    """Pixels (n, 3, s, s) in [0, 1] and labels (n,) of examples and queries."""

    support: Tensor
    support_labels: Tensor
    query: Tensor
    query_labels: Tensor
    n_way: int

    def to(self, device: torch.device) -> "Task":
        """The same on another device."""
        return Task(
            self.support.to(device),
            self.support_labels.to(device),
            self.query.to(device),
            self.query_labels.to(device),
            self.n_way,
        )


def varied(images: BaseImages, positions: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """Random views, as training sees pictures."""
    views = [
        random_view(
            images.pixels[i], images.sets[int(images.set_index[i])], side=side, generator=generator
        )
        for i in positions
    ]
    return vary_exposure(torch.stack(views).float() / 255, generator)


def plain(images: BaseImages, positions: Tensor, side: int, _: torch.Generator) -> Tensor:
    """The whole pictures, as a user shows them."""
    pixels = images.pixels[positions].float() / 255
    return F.interpolate(pixels, (side, side), mode="bilinear", antialias=True)


class TaskSource:
    """Draws tasks; a set that gives no episode of one example is passed over.

    Raises:
        RecipeError: no set gives any.
    """

    def __init__(self, images: BaseImages, recipe: Recipe, *, look: Look = varied) -> None:
        self._images, self._recipe, self._look = images, recipe, look
        samplers_of_set = {s: self._samplers(s) for s in range(len(images.sets))}
        self._sets = [(s, samplers) for s, samplers in samplers_of_set.items() if samplers]
        if not self._sets:
            raise RecipeError("recipe-no-episodes")
        self._weights = torch.tensor([float(images.sets[s].weight) for s, _ in self._sets])

    def numbered(self, number: int) -> Task:
        """The task of this number: the same in every process, before and after a restart."""
        seed = self._recipe.seed * 1_000_003 + number
        return self.draw(torch.Generator().manual_seed(seed))

    def draw(self, generator: torch.Generator) -> Task:
        """A task of 1 to `n_shot` examples per condition, from a set drawn by weight."""
        chosen = int(torch.multinomial(self._weights, 1, generator=generator))
        number, samplers = self._sets[chosen]
        positions = torch.nonzero(self._images.set_index == number).flatten()
        sampler = samplers[int(torch.randint(len(samplers), (), generator=generator))]
        episode = sampler.draw(generator)
        side = self._recipe.input_side
        return Task(
            self._look(self._images, positions[episode.support], side, generator),
            episode.support_labels,
            self._look(self._images, positions[episode.query], side, generator),
            episode.query_labels,
            sampler.shape.n_way,
        )

    def _samplers(self, number: int) -> list[EpisodeSampler]:
        """Samplers of 1, 2, ... examples of a set, up to `n_shot` or as many as it has."""
        positions = torch.nonzero(self._images.set_index == number).flatten()
        labels = self._images.labels[positions]
        groups = [self._images.groups[int(i)] for i in positions]
        samplers = list[EpisodeSampler]()
        for n_shot in range(1, self._recipe.n_shot + 1):
            shape = EpisodeShape(self._recipe.n_way, n_shot, self._recipe.n_query)
            try:
                sampler = EpisodeSampler(labels, groups, shape)
                sampler.draw(torch.Generator().manual_seed(0))  # better told now than in an hour
                samplers.append(sampler)
            except SupportSetError:
                break
        return samplers
