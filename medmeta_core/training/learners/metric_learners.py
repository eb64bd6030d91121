"""What the outer loop moves for the metric and closed-form methods.

Prototypical: Snell et al. 2017, arXiv:1703.05175; R2D2: Bertinetto et al. 2019, arXiv:1805.08136:
whole networks, trained from pixels. Relation: Sung et al. 2018, arXiv:1711.06025; Matching:
Vinyals et al. 2016, arXiv:1606.04080: the method's own weights over a frozen network, trained on
embeddings computed beforehand.
"""

from math import log
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import Network
from medmeta_core.methods.full_context import FullContext
from medmeta_core.methods.heads import balanced_fold_weights, keep_all
from medmeta_core.methods.matching import contextual_heads
from medmeta_core.methods.prototypical import PrototypeHead, prototypes
from medmeta_core.methods.relation import RelationHead, RelationModule
from medmeta_core.training.inputs.tasks import Task
from medmeta_core.training.recipe import Recipe

START_SCALE = 10.0


def learned_from(scores: Tensor, task: Task, loss: Tensor, share: float) -> tuple[float, float]:
    """Add `share` of the loss's gradient to .grad; (loss, share of right answers)."""
    (share * loss).backward()  # type: ignore[no-untyped-call]
    right = (scores.detach().argmax(1) == task.query_labels).float().mean()
    return float(loss.detach()), float(right)


def embedded(network: Network, task: Task) -> tuple[Tensor, Tensor]:
    """Embeddings of examples and queries, in one pass."""
    both = network(torch.cat([task.support, task.query]))
    return both[: len(task.support)], both[len(task.support) :]


class PrototypicalLearner(nn.Module):
    """Moves the network and the scale of the squared distances."""

    def __init__(self, network: Network, recipe: Recipe) -> None:  # noqa: ARG002
        super().__init__()
        self.network = network
        self.log_scale = nn.Parameter(torch.tensor(log(START_SCALE)))

    def at(self, fraction: float) -> None:
        """Nothing here depends on how much of the run is done."""

    def learn(self, task: Task, share: float) -> tuple[float, float]:
        """Add `share` of this task's meta-gradient to .grad; (query loss, query accuracy)."""
        examples, queries = embedded(self.network, task)
        means = prototypes(examples, task.support_labels, task.n_way)
        scores = self.log_scale.exp() * PrototypeHead(means, 1.0)(queries)
        return learned_from(scores, task, F.cross_entropy(scores, task.query_labels), share)

    def card_entries(self) -> dict[str, Any]:
        """Nothing: the card's scale is fitted on base tasks for every network."""
        return {}


class RidgeLearner(nn.Module):
    """Moves the network, lambda and the scale of the regressed memberships."""

    def __init__(self, network: Network, recipe: Recipe) -> None:  # noqa: ARG002
        super().__init__()
        self.network = network
        self.log_penalty = nn.Parameter(torch.tensor(0.0))
        self.log_scale = nn.Parameter(torch.tensor(log(START_SCALE)))

    def at(self, fraction: float) -> None:
        """Nothing here depends on how much of the run is done."""

    def learn(self, task: Task, share: float) -> tuple[float, float]:
        """Add `share` of this task's meta-gradient to .grad; (query loss, query accuracy)."""
        examples, queries = embedded(self.network, task)
        targets = F.one_hot(task.support_labels, task.n_way).to(examples)
        mean = examples.mean(0)
        centred = examples - mean
        kernel = centred @ centred.T
        penalty = self.log_penalty.exp() * kernel.diagonal().mean()
        eye = torch.eye(len(kernel), device=kernel.device)
        dual = torch.linalg.solve(kernel + penalty * eye, targets - targets.mean(0))  # eq. 6
        regressed = (queries - mean) @ (centred.T @ dual) + targets.mean(0)
        scores = self.log_scale.exp() * regressed
        return learned_from(scores, task, F.cross_entropy(scores, task.query_labels), share)

    def card_entries(self) -> dict[str, Any]:
        """Nothing: lambda is chosen again for every task."""
        return {}


class RelationLearner(nn.Module):
    """Moves the relation module; tasks hold embeddings (n, d) in the place of pixels."""

    def __init__(self, network: Network, recipe: Recipe) -> None:  # noqa: ARG002
        super().__init__()
        self._frozen = (network,)  # in a tuple, so that its weights are not moved
        self.module = RelationModule(network.n_features)

    @property
    def network(self) -> Network:
        """The frozen network that the embeddings are of."""
        return self._frozen[0]

    def at(self, fraction: float) -> None:
        """Nothing here depends on how much of the run is done."""

    def learn(self, task: Task, share: float) -> tuple[float, float]:
        """Add `share` of this task's meta-gradient to .grad; (query loss, query accuracy)."""
        means = prototypes(task.support, task.support_labels, task.n_way)
        scores = RelationHead(self.module, means)(task.query)
        loss = F.cross_entropy(scores, task.query_labels)
        return learned_from(scores, task, loss, share)

    def card_entries(self) -> dict[str, Any]:
        """Nothing: the part lies in a file of its own."""
        return {}


class MatchingLearner(nn.Module):
    """Moves the full context embedding; tasks hold embeddings (n, d) in the place of pixels."""

    def __init__(self, network: Network, recipe: Recipe) -> None:  # noqa: ARG002
        super().__init__()
        self._frozen = (network,)
        self.module = FullContext(network.n_features)

    @property
    def network(self) -> Network:
        """The frozen network that the embeddings are of."""
        return self._frozen[0]

    def at(self, fraction: float) -> None:
        """Nothing here depends on how much of the run is done."""

    def learn(self, task: Task, share: float) -> tuple[float, float]:
        """Add `share` of this task's meta-gradient to .grad; (query loss, query accuracy)."""
        labels = task.support_labels
        weights = balanced_fold_weights(labels, keep_all(labels)).to(task.support)
        (head,) = contextual_heads(self.module, task.support, labels, weights)
        scores = head(task.query)
        return learned_from(scores, task, F.cross_entropy(scores, task.query_labels), share)

    def card_entries(self) -> dict[str, Any]:
        """Nothing: the part lies in a file of its own."""
        return {}
