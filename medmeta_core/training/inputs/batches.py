"""Batches of fresh views with the teachers' word on them, prepared beside the training step."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from medmeta_core.training.inputs.augmentation import (
    blend,
    random_view,
    vary_colours,
    vary_exposure,
)
from medmeta_core.training.inputs.base_images import BaseImages
from medmeta_core.training.learners.teachers import Teacher
from medmeta_core.training.loop.distributed import ALONE, ProcessGroup
from medmeta_core.training.recipe import Recipe, RecipeError

STRIDE = 32
"""Pixels of a view for each place of the last maps."""


@dataclass(frozen=True, eq=False)
class Batch:
    """One step's pictures.

    Attributes:
        pixels: (n, 3, s, s) in [0, 1].
        labels: (n, n_conditions) shares of each condition; rows of procedural pictures are 0.
        teacher: which one was asked; every step asks one, in turn.
        directions: (n, d) what it says of each picture; `places` (n, d, g, g) of its parts.
    """

    pixels: Tensor
    labels: Tensor
    teacher: int
    directions: Tensor
    places: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same on another device."""
        return Batch(
            self.pixels.to(device),
            self.labels.to(device),
            self.teacher,
            self.directions.to(device),
            self.places.to(device),
        )

    def pieces(self, n: int) -> "list[Batch]":
        """The same in pieces of n pictures; 0 for one piece."""
        if n == 0 or n >= len(self.pixels):
            return [self]
        columns = (self.pixels, self.labels, self.directions, self.places)
        split = zip(*(torch.split(column, n) for column in columns), strict=True)
        return [Batch(p, labels, self.teacher, d, places) for p, labels, d, places in split]


class Batches(Dataset[Batch]):
    """The batch of every step, drawn from the step's own seed: a resumed run sees the same.

    Of several processes each draws its own part of the batch, from a seed of its own.

    Raises:
        RecipeError: the batch cannot be shared evenly.
    """

    def __init__(
        self,
        images: BaseImages,
        recipe: Recipe,
        teachers: list[Teacher],
        *,
        ranks: ProcessGroup = ALONE,
    ) -> None:
        if recipe.batch % ranks.size:
            raise RecipeError("recipe-uneven-batch", batch=recipe.batch, n=ranks.size)
        self._images, self._recipe, self._teachers = images, recipe, teachers
        self._ranks = ranks
        self._chances = draw_chances(images)

    def __len__(self) -> int:
        return self._recipe.n_steps

    def __getitem__(self, step: int) -> Batch:
        if step >= len(self):
            raise IndexError(step)
        recipe = self._recipe
        seed = (recipe.seed * 1_000_003 + step) * self._ranks.size + self._ranks.rank
        generator = torch.Generator().manual_seed(seed)
        n = len(self._ranks.share(recipe.batch))
        chosen = torch.multinomial(self._chances, n, replacement=True, generator=generator)
        side = recipe.side_at(step)
        views, labels = self._views(chosen, side, generator), self._labels(chosen)
        if self._teachers:
            views = vary_colours(views, generator)
            views, labels = blend(views, labels, generator)
        pixels = F.interpolate(views, (side, side), mode="bilinear", antialias=True)
        return Batch(pixels, labels, *self._teacher_maps(views, step, side))

    def _teacher_maps(self, views: Tensor, step: int, side: int) -> tuple[int, Tensor, Tensor]:
        if not self._teachers:
            return 0, torch.empty(len(views), 0), torch.empty(len(views), 0, 1, 1)
        turn = step % len(self._teachers)
        return turn, *self._teachers[turn](views, side // STRIDE)

    def _views(self, chosen: Tensor, side: int, generator: torch.Generator) -> Tensor:
        """Views (n, 3, s, s) at the side of who sees most of them."""
        recipe = self._recipe
        side = (recipe.teacher_side or side) if self._teachers else recipe.input_side
        views = [
            random_view(
                self._images.pixels[i],
                self._images.sets[int(self._images.set_index[i])],
                side=side,
                generator=generator,
            )
            for i in chosen
        ]
        return vary_exposure(torch.stack(views).float() / 255, generator)

    def _labels(self, chosen: Tensor) -> Tensor:
        batch_labels = self._images.labels[chosen]
        shares = F.one_hot(batch_labels.clamp_min(0), len(self._images.conditions)).float()
        return shares * (batch_labels >= 0)[:, None]

    def since(self, first: int) -> Iterator[Batch]:
        """The batches from step `first` on, made in a process of their own with a teacher."""
        loader = DataLoader(
            self,
            batch_size=None,
            sampler=range(first, len(self)),
            num_workers=1 if self._teachers else 0,
            prefetch_factor=4 if self._teachers else None,
            worker_init_fn=_one_thread,
        )
        return iter(loader)


def draw_chances(images: BaseImages) -> Tensor:
    """How likely each picture (n,) is drawn: sets by the root of their size, conditions evenly."""
    per_set = torch.bincount(images.set_index).float()
    weights = torch.tensor([base_set.weight for base_set in images.sets])
    condition = torch.where(images.labels < 0, len(images.conditions), images.labels)
    per_condition = torch.bincount(condition).float()
    n_conditions = torch.tensor(
        [len(set(condition[images.set_index == s].tolist())) for s in range(len(images.sets))]
    )
    share = weights * per_set.sqrt() / n_conditions
    return share[images.set_index] / per_condition[condition]


def _one_thread(_: int) -> None:
    torch.set_num_threads(1)
