"""The outer loop of every episodic method: tasks → meta-gradient → one step.

AdamW with a cosine rate (Antoniou et al. 2019, arXiv:1810.09502, section 4: cosine annealing of
the outer rate).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import cos, pi
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from medmeta_core.embedding import Network
from medmeta_core.embedding.inference.engine import lowered
from medmeta_core.training.inputs.tasks import Task, TaskSource
from medmeta_core.training.loop.distributed import ALONE, ProcessGroup
from medmeta_core.training.loop.training_loop import Run, TrainingLoop
from medmeta_core.training.recipe import Recipe

WARM_UP = 100
"""Steps over which the rate rises; of a short run a quarter."""

LONGEST_GRADIENT = 10.0
N_VALIDATION_TASKS = 24


class Learner(Protocol):
    """A module whose parameters the outer loop moves.

    Contract:
        - `learn` adds to `.grad` and changes nothing else that counts;
        - with a share of 0 it only measures: its gradient is thrown away.
    """

    @property
    def network(self) -> Network:
        """What embeds the pictures."""

    def at(self, fraction: float) -> None:
        """Hear before each step how far the run is, in [0, 1)."""

    def learn(self, task: Task, share: float) -> tuple[float, float]:
        """Add `share` of this task's meta-gradient to .grad; (query loss, query accuracy)."""

    def card_entries(self) -> dict[str, Any]:
        """What was learned besides the weights, by the fields of `ModelCard`."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """Of `nn.Module`, as all below."""

    def train(self, mode: bool = True) -> Any: ...
    def to(self, device: torch.device) -> Any: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state_dict: Any) -> Any: ...


@dataclass(frozen=True)
class Sources:
    """Where tasks come from; `validation` is None where nothing is kept from training."""

    training: TaskSource
    validation: TaskSource | None = None

    def tasks(self, numbers: Iterable[int]) -> Iterator[Task]:
        """Training tasks by number; what a learner draws besides depends on the number, too."""
        for number in numbers:
            task = self.training.numbered(number)
            torch.manual_seed(number)
            yield task


def meta_train(learner: Learner, sources: Sources, run: Run) -> None:
    """Meta-train `learner` in place; goes on from the checkpoint of the run."""
    recipe, ranks = run.fingerprint.recipe, run.ranks
    learner.to(ranks.device)
    optimiser = torch.optim.AdamW(
        learner.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay
    )
    loop = TrainingLoop(run, {"learned": learner, "optimiser": optimiser})
    for step in loop.steps():
        learner.train()
        learner.at(step / recipe.n_steps)
        for group in optimiser.param_groups:
            group["lr"] = cosine_rate(recipe, step)
        numbers = (step * recipe.batch + i for i in ranks.share(recipe.batch))
        figures = outer_step(learner, optimiser, sources.tasks(numbers), recipe=recipe, ranks=ranks)
        loop.tell(step, figures)
        if sources.validation is not None and loop.is_validation_due(step):
            loop.tell_validation(step, validation_accuracy(learner, sources.validation, ranks))


def outer_step(
    learner: Learner,
    optimiser: torch.optim.Optimizer,
    tasks: Iterable[Task],
    *,
    recipe: Recipe,
    ranks: ProcessGroup = ALONE,
) -> dict[str, float]:
    """One step along the mean meta-gradient of all processes' tasks; what its queries told."""
    parameters = list(learner.parameters())
    device = parameters[0].device
    totals = torch.zeros(2, dtype=torch.float64)
    # In float64, so that the sum hardly depends on which process adds what in which order.
    total = torch.zeros(sum(p.numel() for p in parameters), dtype=torch.float64, device=device)
    for task in tasks:
        optimiser.zero_grad(set_to_none=True)
        with device, lowered(device, enabled=recipe.bfloat16):
            totals += torch.tensor(learner.learn(task.to(device), 1 / recipe.batch))
        total += gradient_of(parameters)
    ranks.total(total)
    put_gradient(parameters, total)
    nn.utils.clip_grad_norm_(parameters, LONGEST_GRADIENT)
    optimiser.step()
    loss, accuracy = (ranks.total(totals.to(device)) / recipe.batch).tolist()
    ranks.average_buffers(learner.network)
    return {"query loss": loss, "query accuracy": accuracy}


def gradient_of(parameters: list[nn.Parameter]) -> Tensor:
    """The gradients as one vector (n,) in float64; 0 where a parameter has none."""
    return torch.cat(
        [(torch.zeros_like(p) if p.grad is None else p.grad).flatten().double() for p in parameters]
    )


def put_gradient(parameters: list[nn.Parameter], gradient: Tensor) -> None:
    """Give each parameter its piece of the vector (n,)."""
    pieces = torch.split(gradient, [p.numel() for p in parameters])
    for parameter, piece in zip(parameters, pieces, strict=True):
        parameter.grad = piece.view_as(parameter).to(parameter.dtype)


def validation_accuracy(learner: Learner, source: TaskSource, ranks: ProcessGroup = ALONE) -> float:
    """Mean accuracy over the same `N_VALIDATION_TASKS` tasks each time; learns nothing."""
    learner.train(False)
    parameters = list(learner.parameters())
    device = parameters[0].device
    correct = torch.zeros(1, dtype=torch.float64, device=device)
    for number in ranks.share(N_VALIDATION_TASKS):
        with device:
            _, accuracy = learner.learn(source.numbered(number).to(device), 0.0)
        correct += accuracy
    for parameter in parameters:
        parameter.grad = None
    return float(ranks.total(correct)) / N_VALIDATION_TASKS


def cosine_rate(recipe: Recipe, step: int) -> float:
    """The learning rate: a warm-up, then a cosine to 0."""
    falling = 0.5 * (1 + cos(pi * step / recipe.n_steps))
    return recipe.rate * min(1, (step + 1) / min(WARM_UP, recipe.n_steps / 4)) * falling
