"""How well an embedding tells conditions apart that are kept from training."""

import torch

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.methods import prototypes
from medmeta_core.training.inputs.tasks import TaskSource
from medmeta_core.training.loop.distributed import ALONE, ProcessGroup

N_TASKS = 40


@torch.no_grad()
def prototype_accuracy(
    network: EmbeddingNetwork, source: TaskSource, ranks: ProcessGroup = ALONE
) -> float:
    """Mean accuracy of the nearest prototype over the same `N_TASKS` tasks each time."""
    was_training = network.training
    network.eval()
    correct = torch.zeros(1, dtype=torch.float64, device=ranks.device)
    for number in ranks.share(N_TASKS):
        task = source.numbered(number).to(ranks.device)
        means = prototypes(network(task.support), task.support_labels, task.n_way)
        nearest = torch.cdist(network(task.query), means).argmin(1)
        correct += (nearest == task.query_labels).double().mean()
    network.train(was_training)
    return float(ranks.total(correct)) / N_TASKS
