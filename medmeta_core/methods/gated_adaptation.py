"""Adapting weights of the backbone, only where cross-validation on the examples says it helps.

Hu, Li, Stühmer, Kim, Hospedales: Pushing the Limits of Simple Pipelines for Few-Shot Learning.
CVPR 2022, arXiv:2204.07305: the rate is chosen among few, 0 among them.

Departures: the rate is chosen on the user's own examples (five folds, from five examples per
condition on), and 0 stays unless the gain exceeds its standard error. Each example is compared
with the prototypes of the others, so that nothing is learned by heart. Steps are relative to
the length of each parameter (LARS, You et al. 2017, arXiv:1708.03888), so that the same rates
suit all. The head is ridge regression in either case.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import functional_call

from medmeta_core.embedding import Backbone, Network
from medmeta_core.episodes import SupportSet
from medmeta_core.methods.classifier import Classifier
from medmeta_core.methods.inner_loop import Parameters, class_balanced_weights
from medmeta_core.methods.on_backbone import OnBackbone
from medmeta_core.methods.ridge import Ridge, solve_ridge
from medmeta_core.methods.trainable_suffix import TrainableSuffix
from medmeta_core.progress import part, report

ENOUGH_FOLDS = 3
"""A rate that has won nothing over so many folds is given up."""

N_FOLDS = FEWEST = 5
"""Folds, and the fewest examples of every condition from which a rate is chosen."""

MOST = 100
"""The most examples with which a rate is chosen: each costs a passage per step, fold and rate."""

SCALE = 10.0
"""Of the cosines before the softmax."""

TINY = 1e-12
"""A slope shorter than this moves nothing."""


@dataclass(frozen=True, eq=False)
class GatedAdaptation:
    """Ridge regression on a backbone that is adapted where that helps.

    Attributes:
        tail: what may move, and the examples (n, 3, h, w) as they come in there.
        rates: tried beside 0: by what share of its length a parameter moves in a step.
        steps: full-batch steps of one adaptation.
    """

    backbone: Backbone
    tail: Callable[[Network, Tensor], TrainableSuffix]
    rates: tuple[float, ...]
    steps: int

    @property
    def _n_adaptations(self) -> int:
        """Most adaptations of a fit: each rate on each fold, and the rate chosen on all."""
        return len(self.rates) * N_FOLDS + 1

    def fit_each(self, support: SupportSet, keep_masks: Tensor) -> Iterator[Classifier]:
        """One classifier for each row of `keep_masks` (m, n); frozen layers are computed once.

        The classifier's `settings` tell the rate chosen and what cross-validation gained by it.
        """
        tail = self.tail(self.backbone.network, support.pixels)
        for row in keep_masks:
            yield self._fit(tail.subset(row), support.subset(row))

    def _fit(self, tail: TrainableSuffix, support: SupportSet) -> Classifier:
        gains = self._gains(tail, support)
        rate = max(gains, key=lambda rate: gains[rate], default=0.0)
        backbone = self.backbone
        if rate:
            with part(self._n_adaptations - 1, self._n_adaptations):
                moved = descend(tail, support.labels, rate=rate, steps=self.steps)
            backbone = Backbone(
                backbone.card, tail.whole(backbone.network, moved), backbone.initial_head
            )
        settings = {"adapted_rate": rate, "adapted_gain": gains.get(rate, 0.0)}
        return replace(OnBackbone(Ridge(backbone)).fit(support), settings=settings)

    def _gains(self, tail: TrainableSuffix, support: SupportSet) -> dict[float, float]:
        """Share of the examples won by each rate that wins more than its standard error."""
        held_out = folds_of(support)
        if held_out is None or not tail.moving:
            return {}
        frozen = right_answers(tail, support.labels, tail.moving, held_out)
        if torch.cat(frozen).all():
            return {}  # nothing can be won
        gains = {}
        for place, rate in enumerate(self.rates):
            won = torch.empty(0)
            for number, (mask, before) in enumerate(zip(held_out, frozen, strict=True)):
                if number >= ENOUGH_FOLDS and won.sum() <= 0:
                    break
                remaining = tail.subset(~mask), support.labels[~mask]
                with part(place * N_FOLDS + number, self._n_adaptations):
                    moved = descend(*remaining, rate=rate, steps=self.steps)
                (after,) = right_answers(tail, support.labels, moved, mask[None])
                won = torch.cat([won, after - before])
            if won.mean() > won.std() / len(won) ** 0.5:
                gains[rate] = float(won.mean())
        return gains


@torch.no_grad()
def right_answers(
    tail: TrainableSuffix, labels: Tensor, moved: Parameters, held_out: Tensor
) -> list[Tensor]:
    """For each fold (m, n), 1 for each held-out example that ridge on the others recognises.

    Args:
        moved: the tail's parameters in the place of its own.
    """
    embeddings = functional_call(tail.network, moved, (tail.inputs,)).double()
    solved = solve_ridge(embeddings, labels, ~held_out)
    scores = embeddings @ solved.weight + solved.bias[:, None]  # (m, n, n_conditions)
    right = (scores.argmax(-1) == labels).double()
    return [answers[mask] for answers, mask in zip(right, held_out, strict=True)]


def folds_of(support: SupportSet) -> Tensor | None:
    """Masks (5, n) of the examples of each fold; None where no rate can be chosen.

    Patients stay together; they are dealt by condition and by the content of their pictures,
    so that the order of the examples does not matter.
    """
    if min(support.counts) < FEWEST or len(support) > MOST:
        return None
    patients = torch.tensor(support.patient_ids())
    digests = [hashlib.blake2b(picture.numpy().tobytes()).digest() for picture in support.pixels]
    keys = [
        min((support.conditions[int(support.labels[i])], digests[i]) for i in places)
        for places in (
            torch.nonzero(patients == p)[:, 0].tolist() for p in range(int(patients.max()) + 1)
        )
    ]
    rank = torch.tensor(sorted(range(len(keys)), key=keys.__getitem__)).argsort()
    fold = rank[patients] % N_FOLDS
    masks = torch.stack([fold == number for number in range(N_FOLDS)])
    counts = (~masks).long() @ F.one_hot(support.labels)
    return masks if bool((counts > 0).all()) and bool(masks.any(1).all()) else None


def descend(tail: TrainableSuffix, labels: Tensor, *, rate: float, steps: int) -> Parameters:
    """The parameters after full-batch steps, each of `rate` times a parameter's length."""
    moved = tail.moving
    for step in range(steps if rate else 0):
        report(step / steps)
        leaves = {name: value.detach().requires_grad_() for name, value in moved.items()}
        loss = leave_one_out_loss(functional_call(tail.network, leaves, (tail.inputs,)), labels)
        slopes = torch.autograd.grad(  # a module may hold parameters that it does not use
            loss, list(leaves.values()), allow_unused=True, materialize_grads=True
        )
        moved = {
            name: value - rate * value.norm() * slope / slope.norm().clamp_min(TINY)
            for (name, value), slope in zip(moved.items(), slopes, strict=True)
        }
    return moved


def leave_one_out_loss(embeddings: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of the examples' cosines to prototypes without their own share.

    The only example of its condition is compared with itself.
    """
    unit = F.normalize(embeddings, dim=-1)
    members = F.one_hot(labels).to(unit)  # (n, n_conditions)
    with_peers = members * (members.sum(0) > 1)
    sums = members.T @ unit - with_peers[..., None] * unit[:, None]  # (n, n_conditions, d)
    cosines = (F.normalize(sums, dim=-1) @ unit[..., None])[..., 0]
    losses = F.cross_entropy(SCALE * cosines, labels, reduction="none")
    return (class_balanced_weights(labels, members.shape[1]) * losses).sum()
