"""What the outer loop moves for MAML, ANIL and Reptile, and along which gradient.

MAML: Finn et al. 2017, arXiv:1703.03400, algorithm 2, with the stabilisers of MAML++ (Antoniou
et al. 2019, arXiv:1810.09502): a learned rate for every layer and step, and a loss over all
steps whose weight moves to the last. ANIL: Raghu et al. 2020, arXiv:1909.09157. Reptile:
Nichol et al. 2018, arXiv:1803.02999.

The head starts from zero and is not learned. One vector for all conditions (Ye & Chao 2021,
arXiv:2106.16245) adds the same to every score, which the softmax ignores: neither the slopes of
the inner steps nor the queries' loss depend on it, and an optimiser that scales by the gradient's
size would only let it wander along rounding.
"""

from math import log
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.methods.anil import HeadDescent
from medmeta_core.methods.inner_loop import (
    Examples,
    InnerLoop,
    Parameters,
    adapted_scores,
    class_balanced_weights,
)
from medmeta_core.training.conv4.maml_sweep import can_sweep, sweep_maml, sweep_steps
from medmeta_core.training.inputs.tasks import Task
from medmeta_core.training.recipe import Recipe

ALL_STEPS_UNTIL = 0.15
"""Share of a run over which the queries are asked after every inner step (MAML++: 10 to 15 %)."""

LAST_STEPS = 3
"""Steps that Reptile takes on the second half of a task's pictures."""


def step_importance(fraction: float, n_steps: int) -> Tensor:
    """Weight (n_steps,) of the queries' loss after each inner step; sums to 1.

    Even at the start of the run, all on the last step from ALL_STEPS_UNTIL on (MAML++, eq. 2).

    >>> step_importance(0.0, 4).tolist(), step_importance(0.5, 4).tolist()
    ([0.25, 0.25, 0.25, 0.25], [0.0, 0.0, 0.0, 1.0])
    """
    early = max(0.0, 1 - fraction / ALL_STEPS_UNTIL) / n_steps
    importance = torch.full((n_steps,), early, dtype=torch.float64)
    importance[-1] = 1 - early * (n_steps - 1)
    return importance


def accuracy(scores: Tensor, labels: Tensor) -> float:
    """Share of right answers among scores (n, n_conditions)."""
    return float((scores.argmax(1) == labels).float().mean())


def even_examples(task: Task) -> Examples:
    """The examples of a task, each condition weighing the same."""
    return (
        task.support,
        task.support_labels,
        class_balanced_weights(task.support_labels, task.n_way),
    )


class MamlLearner(nn.Module):
    """Moves the start of all layers of the body, and the rate of every layer and step."""

    initial_head: Tensor

    def __init__(self, network: EmbeddingNetwork, recipe: Recipe) -> None:
        super().__init__()
        self.network, self._recipe = network, recipe
        self.register_buffer("initial_head", torch.zeros(network.n_features))
        names = [name for name, _ in network.named_parameters()]
        self._names = [*names, "head.weight", "head.bias"]
        shape = (len(self._names), recipe.inner_steps)
        self.log_rates = nn.Parameter(torch.full(shape, log(recipe.inner_rate)))
        self._importance = step_importance(0.0, recipe.inner_steps)

    def at(self, fraction: float) -> None:
        """How much of the run is done: 0 to 1."""
        self._importance = step_importance(fraction, self._recipe.inner_steps)

    def learn(self, task: Task, share: float) -> tuple[float, float]:
        """Add `share` of this task's meta-gradient to .grad; (query loss, query accuracy)."""
        if can_sweep(self.network, task.support):
            return self._swept(task, share)
        start = dict(self.network.named_parameters()) | {
            "head.weight": self.initial_head.expand(task.n_way, -1),
            "head.bias": self.initial_head.new_zeros(task.n_way),
        }
        total = last = self.initial_head.new_zeros(())
        scores: Tensor = self.initial_head
        path = self._inner_loop().path(self.network, start, even_examples(task))
        for weight, adapted in zip(self._importance, path, strict=True):
            if weight > 0:
                scores = adapted_scores(adapted, self.network, task.query)
                last = F.cross_entropy(scores, task.query_labels)
                total = total + weight * last
        (share * total).backward()  # type: ignore[no-untyped-call]
        return float(last.detach()), accuracy(scores.detach(), task.query_labels)

    def _swept(self, task: Task, share: float) -> tuple[float, float]:
        """The same, without a graph, where there is a faster way."""
        body = dict(self.network.named_parameters())
        rates = self.log_rates.detach().exp()
        swept = sweep_maml(
            self.network,
            tuple(body.values()),
            task,
            rates=rates,
            importance=self._importance.tolist(),
            first_order=self._recipe.first_order,
        )
        gradients = {name: share * s for name, s in zip(body, swept.body, strict=True)}
        add_gradients(body | {"": self.log_rates}, gradients | {"": share * swept.rates * rates})
        return swept.loss, accuracy(swept.scores, task.query_labels)

    def _inner_loop(self) -> InnerLoop:
        rates = dict(zip(self._names, self.log_rates.exp(), strict=True))
        return InnerLoop(
            steps=self._recipe.inner_steps, first_order=self._recipe.first_order, rates=rates
        )

    def card_entries(self) -> dict[str, Any]:
        """What the card states of the inner loop, by the fields of `ModelCard`."""
        rates = self.log_rates.detach().exp()
        return {
            "maml": {"rate": float(rates.mean()), "steps": self._recipe.inner_steps},
            "inner_rates": {
                name: [float(f"{rate:.5g}") for rate in row.tolist()]
                for name, row in zip(self._names, rates, strict=True)
            },
        }


class AnilLearner(nn.Module):
    """Moves the body and the head's rates; only the head takes inner steps."""

    initial_head: Tensor

    def __init__(self, network: EmbeddingNetwork, recipe: Recipe) -> None:
        super().__init__()
        self.network, self._recipe = network, recipe
        self.register_buffer("initial_head", torch.zeros(network.n_features))
        self.log_rates = nn.Parameter(torch.full((2, recipe.inner_steps), log(recipe.inner_rate)))

    def at(self, fraction: float) -> None:
        """Nothing of ANIL depends on how much of the run is done."""

    def learn(self, task: Task, share: float) -> tuple[float, float]:
        """Add `share` of this task's meta-gradient to .grad; (query loss, query accuracy)."""
        embeddings = self.network(torch.cat([task.support, task.query]))
        examples, queries = embeddings.split([len(task.support), len(task.query)])
        weights = class_balanced_weights(task.support_labels, task.n_way)
        descent = HeadDescent(*self.log_rates.exp())
        weight, bias = descent.heads(
            examples, task.support_labels, weights[None], start=self.initial_head
        )
        scores = F.linear(queries, weight[0], bias[0])
        loss = F.cross_entropy(scores, task.query_labels)
        (share * loss).backward()  # type: ignore[no-untyped-call]
        return float(loss.detach()), accuracy(scores.detach(), task.query_labels)

    def card_entries(self) -> dict[str, Any]:
        """What the card states of the inner loop, by the fields of `ModelCard`."""
        rates = self.log_rates.detach().exp()
        return {
            "maml": {"rate": float(rates[0].mean()), "steps": self._recipe.inner_steps},
            "inner_rates": {
                name: [float(f"{rate:.5g}") for rate in row.tolist()]
                for name, row in zip(("head.weight", "head.bias"), rates, strict=True)
            },
        }


class ReptileLearner(nn.Module):
    """Moves the start towards the weights that inner steps on a task end at.

    The head is not learned: the mean over conditions of its rows never moves in a task.
    """

    def __init__(self, network: EmbeddingNetwork, recipe: Recipe) -> None:
        super().__init__()
        self.network, self._recipe = network, recipe

    def at(self, fraction: float) -> None:
        """Nothing of Reptile depends on how much of the run is done."""

    def learn(self, task: Task, share: float) -> tuple[float, float]:
        """Add share * (start − adapted) to .grad, so that a step of SGD moves towards `adapted`.

        First steps on the examples, then on the queries: the gain lies in steps that agree
        over different pictures (section 5.1). Loss and accuracy of the queries are those
        before a step on them.
        """
        named = dict(self.network.named_parameters())
        start = {name: value.detach() for name, value in named.items()} | {
            "head.weight": task.support.new_zeros(task.n_way, self.network.n_features),
            "head.bias": task.support.new_zeros(task.n_way),
        }
        halfway = self._after(self._recipe.inner_steps, start, even_examples(task))
        with torch.no_grad():
            scores = adapted_scores(halfway, self.network, task.query)
        queries = (
            task.query,
            task.query_labels,
            class_balanced_weights(task.query_labels, task.n_way),
        )
        adapted = self._after(LAST_STEPS, halfway, queries)
        add_gradients(named, {name: share * (start[name] - adapted[name]) for name in named})
        loss = float(F.cross_entropy(scores, task.query_labels))
        return loss, accuracy(scores, task.query_labels)

    def _after(self, steps: int, parameters: Parameters, examples: Examples) -> Parameters:
        rate = self._recipe.inner_rate
        if can_sweep(self.network, examples[0]):
            return sweep_steps(self.network, parameters, examples, rate=rate, steps=steps)
        inner_loop = InnerLoop(rate, steps, first_order=True)
        return inner_loop.adapt(self.network, parameters, examples)

    def card_entries(self) -> dict[str, Any]:
        """What the card states of the inner loop, by the fields of `ModelCard`."""
        return {"maml": {"rate": self._recipe.inner_rate, "steps": self._recipe.inner_steps}}


def add_gradients(parameters: dict[str, nn.Parameter], gradients: Parameters) -> None:
    """Add to .grad of each parameter what `gradients` holds under its name."""
    for name, parameter in parameters.items():
        gradient = gradients[name].detach()
        parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
