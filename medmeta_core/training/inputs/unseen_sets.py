"""How well a network in training tells apart the conditions of sets that it never learns from."""

from math import ceil
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.episodes import EpisodeSampler, EpisodeShape
from medmeta_core.methods import prototypes
from medmeta_core.training.finishing import whitening_of
from medmeta_core.training.inputs.base_images import BaseImages, read_base_images
from medmeta_core.training.learners.teachers import AT_ONCE
from medmeta_core.training.loop.distributed import ALONE, ProcessGroup
from medmeta_core.training.recipe import Recipe, RecipeError

N_TASKS = 100
N_BASE = 1_500
PER_CONDITION = 12
"""Pictures of each condition that are looked at: as many as a task takes."""

SHAPE = EpisodeShape(n_way=5, n_shot=5, n_query=7)


class UnseenSets:
    """The sets as a user would bring them: 5 conditions, 5 examples each, the nearest prototype.

    Features are centred and whitened by pictures of the training, as the finished network's are.
    Each process embeds its share.
    """

    def __init__(self, unseen: BaseImages, base: BaseImages) -> None:
        self._unseen, self._base = unseen, base
        self._looked_at = _some_of_each(unseen.labels)
        self._base_looked_at = torch.arange(0, len(base.labels), ceil(len(base.labels) / N_BASE))

    @torch.no_grad()
    def mean_accuracy(self, network: EmbeddingNetwork, ranks: ProcessGroup = ALONE) -> float:
        """The mean over sets of the accuracy in the same `N_TASKS` tasks each time."""
        was_training = network.training
        network.eval()
        base = _features(network, self._base.pixels, self._base_looked_at, ranks)
        features = _features(network, self._unseen.pixels, self._looked_at, ranks)
        network.train(was_training)
        whitening = whitening_of(torch.cov(base.T.double())).float()
        embeddings = F.normalize((features - base.mean(0)) @ whitening, dim=1)
        numbers = torch.unique(self._unseen.set_index).tolist()
        return sum(self._accuracy(number, embeddings) for number in numbers) / len(numbers)

    def _accuracy(self, number: int, embeddings: Tensor) -> float:
        embeddings = embeddings[self._unseen.set_index[self._looked_at] == number]
        positions = self._looked_at[self._unseen.set_index[self._looked_at] == number]
        groups = [self._unseen.groups[int(i)] for i in positions]
        sampler = EpisodeSampler(self._unseen.labels[positions], groups, SHAPE)
        generator = torch.Generator().manual_seed(number)
        correct = 0.0
        for _ in range(N_TASKS):
            task = sampler.draw(generator)
            support = embeddings[task.support]
            means = prototypes(support, task.support_labels, sampler.shape.n_way)
            nearest = torch.cdist(embeddings[task.query], means).argmin(1)
            correct += float((nearest == task.query_labels).double().mean())
        return correct / N_TASKS


def read_unseen_sets(
    recipe: Recipe, base: BaseImages, *, root: Path, cache: Path
) -> UnseenSets | None:
    """The validation sets of a recipe below `root`; None where it has none.

    Args:
        base: what is trained on.
        cache: a folder for decoded pictures.

    Raises:
        RecipeError: a condition of theirs is trained on.
    """
    if not recipe.validation_sets:
        return None
    images = read_base_images(root, recipe.validation_sets, cache=cache)
    if both := sorted(set(images.conditions) & set(base.conditions)):
        raise RecipeError("recipe-validation-sets", conditions=", ".join(both))
    return UnseenSets(images, base)


def _some_of_each(labels: Tensor) -> Tensor:
    """Positions (n,) of at most PER_CONDITION pictures of each label, spread evenly."""
    chosen = []
    for label in torch.unique(labels):
        positions = torch.nonzero(labels == label).flatten()
        chosen.append(positions[:: ceil(len(positions) / PER_CONDITION)])
    return torch.cat(chosen).sort().values


def _features(
    network: EmbeddingNetwork, pixels: Tensor, positions: Tensor, ranks: ProcessGroup
) -> Tensor:
    """Features (n, d), on the CPU, of the whole pictures (..., 3, h, w) uint8 at positions (n,)."""
    features = torch.zeros(len(positions), network.n_features, device=ranks.device)
    pieces = torch.split(torch.arange(len(positions)), AT_ONCE)
    for k in ranks.share(len(pieces)):
        batch = network.resized(pixels[positions[pieces[k]]].to(ranks.device).float() / 255)
        features[pieces[k]] = network.pooled(batch.contiguous(memory_format=torch.channels_last))
    return ranks.total(features).cpu()
