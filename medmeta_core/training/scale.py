"""The scale of squared distances that makes prototypes' answers most probable on base tasks."""

import torch
import torch.nn.functional as F

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.methods import prototypes
from medmeta_core.training.inputs.base_images import BaseImages
from medmeta_core.training.inputs.tasks import TaskSource
from medmeta_core.training.recipe import Recipe

N_TASKS = 60


@torch.inference_mode()
def fit_scale(network: EmbeddingNetwork, images: BaseImages, recipe: Recipe) -> float:
    """The scale, by the likelihood of queries over `N_TASKS` tasks of training conditions."""
    source = TaskSource(images, recipe)
    generator = torch.Generator().manual_seed(recipe.seed)
    grid = torch.logspace(-4, 2.5, 66)
    losses = torch.zeros(len(grid))
    for _ in range(N_TASKS):
        task = source.draw(generator)
        means = prototypes(network(task.support), task.support_labels, task.n_way)
        squared = torch.cdist(network(task.query), means).square()
        for i, scale in enumerate(grid):
            losses[i] += F.cross_entropy(-scale * squared, task.query_labels)
    return round(float(grid[losses.argmin()]), 4)
