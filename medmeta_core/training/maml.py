"""The outer loop of MAML: a start from which a few inner steps solve a new task.

Finn et al. 2017, arXiv:1703.03400, algorithm 2. Learned besides the network: the head's one
starting vector (Ye & Chao 2021, arXiv:2106.16245) and the inner rate (Li et al. 2017,
arXiv:1707.09835, one number here).
"""

from dataclasses import dataclass
from math import cos, log, pi
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.methods.inner_loop import InnerLoop, adapted_scores, even_weights
from medmeta_core.progress import Progress, silent
from medmeta_core.training.base_images import BaseImages
from medmeta_core.training.checkpoint import Checkpoint
from medmeta_core.training.recipe import Recipe
from medmeta_core.training.tasks import Task, TaskSource


@dataclass(frozen=True, eq=False)
class MetaLearned:
    """What the outer loop yields: network, the head's start (d,), the inner rate."""

    network: EmbeddingNetwork
    head_start: Tensor
    inner_rate: float


class MetaParameters(nn.Module):
    """Everything the outer loop moves."""

    def __init__(self, network: EmbeddingNetwork, inner_rate: float) -> None:
        super().__init__()
        self.network = network
        self.head_start = nn.Parameter(torch.zeros(network.n_features))
        self.log_rate = nn.Parameter(torch.tensor(log(inner_rate)))

    def task_loss(self, task: Task, recipe: Recipe) -> tuple[Tensor, float]:
        """Loss of the queries after the inner loop, and how many of them are right."""
        start = dict(self.network.named_parameters()) | {
            "head.weight": self.head_start.expand(task.n_way, -1),
            "head.bias": torch.zeros(task.n_way),
        }
        loop = InnerLoop(self.log_rate.exp(), recipe.inner_steps, recipe.first_order)
        weights = even_weights(task.support_labels, task.n_way)
        adapted = loop.adapt(self.network, start, (task.support, task.support_labels, weights))
        scores = adapted_scores(adapted, self.network, task.query)
        correct = (scores.argmax(1) == task.query_labels).float().mean()
        return F.cross_entropy(scores, task.query_labels), float(correct)


def train(
    images: BaseImages,
    recipe: Recipe,
    network: EmbeddingNetwork,
    *,
    folder: Path,
    progress: Progress = silent,
) -> MetaLearned:
    """Meta-train `network`; resumes from the checkpoint in `folder`."""
    network.train().requires_grad_(True)
    learned = MetaParameters(network, recipe.inner_rate)
    optimiser = torch.optim.Adam(learned.parameters(), lr=recipe.rate)
    source, n_steps = TaskSource(images, recipe), recipe.n_tasks // recipe.batch
    checkpoint = Checkpoint(folder / "checkpoint.pt")
    first = _restore(checkpoint.read(), learned, optimiser)
    recent = 0.5
    for step in range(first, n_steps):
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
        for group in optimiser.param_groups:
            group["lr"] = cosine_rate(recipe.rate, step, n_steps)
        tasks = [source.draw(generator) for _ in range(recipe.batch)]
        recent = 0.98 * recent + 0.02 * outer_step(learned, optimiser, tasks, recipe)
        progress(step / n_steps, f"step {step}/{n_steps} query accuracy {recent:.3f}")
        if checkpoint.is_due():
            checkpoint.write(_state(learned, optimiser, step + 1))
    checkpoint.write(_state(learned, optimiser, n_steps))
    return MetaLearned(
        network.eval(), learned.head_start.detach(), float(learned.log_rate.detach().exp())
    )


def outer_step(
    learned: MetaParameters, optimiser: torch.optim.Optimizer, tasks: list[Task], recipe: Recipe
) -> float:
    """One step along the mean meta-gradient of the tasks; the mean query accuracy."""
    optimiser.zero_grad(set_to_none=True)
    correct = 0.0
    for task in tasks:
        loss, share = learned.task_loss(task, recipe)
        (loss / len(tasks)).backward()  # type: ignore[no-untyped-call]
        correct += share / len(tasks)
    nn.utils.clip_grad_norm_(learned.parameters(), 10.0)
    optimiser.step()
    return correct


def cosine_rate(peak: float, step: int, n_steps: int) -> float:
    """The learning rate: 100 steps of warm-up, then a cosine to 0."""
    return peak * min(1, (step + 1) / 100) * 0.5 * (1 + cos(pi * step / n_steps))


def _state(learned: MetaParameters, optimiser: torch.optim.Optimizer, step: int) -> dict[str, Any]:
    return {"learned": learned.state_dict(), "optimiser": optimiser.state_dict(), "step": step}


def _restore(
    state: dict[str, Any] | None, learned: MetaParameters, optimiser: torch.optim.Optimizer
) -> int:
    """The step to go on from; 0 without a checkpoint."""
    if state is None:
        return 0
    learned.load_state_dict(state["learned"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])
