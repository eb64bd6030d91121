"""ANIL: inner steps on the head only, on an embedding learned for just that.

Raghu, Raghu, Bengio, Vinyals: Rapid Learning or Feature Reuse? Towards Understanding the
Effectiveness of MAML. ICLR 2020, arXiv:1909.09157, section 4. Score: the output of the adapted
linear head.

What texts of the field call an inner network (adapted to the task) and an outer network (kept
over all tasks) are here the head and the embedding; where the inner network is to reach into
the embedding, `film` adapts scales and shifts of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.methods.heads import LinearHead, balanced_fold_weights
from medmeta_core.methods.hyper_parameters import check_hyper_parameters, hyper_parameter
from medmeta_core.methods.inner_loop import InnerLoop, inner_loop_of, meta_trained_otherwise
from medmeta_core.progress import check_stopped


@dataclass(frozen=True, eq=False)
class HeadDescent:
    """Gradient descent of linear heads on given embeddings, for many folds at once.

    Attributes:
        weight_rates: (steps,) size of each step of the weights; or (steps, m, 1, 1) by fold.
        bias_rates: (steps,) of the biases; or (steps, m, 1) by fold.
    """

    weight_rates: Tensor
    bias_rates: Tensor

    def heads(
        self, embeddings: Tensor, labels: Tensor, weights: Tensor, *, start: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Weights (m, n_conditions, d) and biases (m, n_conditions) after the last step.

        Differentiable in closed form: the slope of the cross-entropy is written out, so that
        an outer loop needs no second-order graph.

        Args:
            embeddings: (n, d) of the examples, with `labels` (n,).
            weights: (m, n) how much each example counts in each fold.
            start: (d,) where the head of every condition begins.
        """
        n_conditions, m = int(labels.max()) + 1, len(weights)
        members = F.one_hot(labels, n_conditions).to(embeddings)  # (n, n_conditions)
        head = start.expand(m, n_conditions, -1)
        bias = embeddings.new_zeros(m, n_conditions)
        for weight_rate, bias_rate in zip(self.weight_rates, self.bias_rates, strict=True):
            check_stopped()
            scores = embeddings @ head.mT + bias[:, None]  # (m, n, n_conditions)
            slopes = weights[..., None] * (scores.softmax(-1) - members)
            head = head - weight_rate * (slopes.mT @ embeddings)
            bias = bias - bias_rate * slopes.sum(1)
        return head, bias


def descent_by(loop: InnerLoop) -> HeadDescent:
    """The steps of the head in an inner loop."""
    weight_rates, bias_rates = (
        torch.tensor([loop.rate_of(name, step) for step in range(loop.steps)], dtype=torch.float64)
        for name in ("head.weight", "head.bias")
    )
    return HeadDescent(weight_rates, bias_rates)


def safe_descent(embeddings: Tensor, keep_masks: Tensor, *, steps: int) -> HeadDescent:
    """Steps that surely descend, where none were learned.

    The cross-entropy bends by at most half the largest squared length (with the bias's 1) of
    what a head sees, so that a step of twice the inverse cannot overshoot.

    Args:
        embeddings: (n, d) of the examples; `keep_masks` (m, n) tells which of them each fold sees.
    """
    lengths = (keep_masks * embeddings.square().sum(1)).amax(1)  # (m,)
    safe = (2 / (1 + lengths)).expand(steps, -1)
    return HeadDescent(safe[..., None, None], safe[..., None])


@dataclass(frozen=True)
class Anil:
    """Inner steps of a linear head on a backbone's embeddings.

    Attributes:
        inner_steps: None takes the number that the weights were learned with.
        inner_rate: of all steps; None takes what was learned with the weights, or steps that
            surely descend where nothing was.
    """

    backbone: Backbone
    _: KW_ONLY
    inner_steps: int | None = hyper_parameter(None, "count")
    inner_rate: float | None = hyper_parameter(None, "positive")
    inner_loop: InnerLoop = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_hyper_parameters(self)
        loop = inner_loop_of(self.backbone.card, steps=self.inner_steps, rate=self.inner_rate)
        object.__setattr__(self, "inner_loop", loop)

    @property
    def settings(self) -> Mapping[str, float]:
        """Number of the inner steps, and their mean size where it was learned or given.

        Those of meta-training too, where others are given.
        """
        loop = self.inner_loop
        rate = {"inner_rate": float(loop.rate)} if self._has_rate else {}
        otherwise = meta_trained_otherwise(self.backbone.card, loop)
        return {"inner_steps": loop.steps, **rate, **otherwise}

    def heads(self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor) -> Iterator[LinearHead]:
        """Heads after the inner steps, for each row of `keep_masks` (m, n) descending at once."""
        embeddings, loop = embeddings.double(), self.inner_loop
        descent = (
            descent_by(loop)
            if self._has_rate
            else safe_descent(embeddings, keep_masks, steps=loop.steps)
        )
        heads, biases = descent.heads(
            embeddings,
            labels,
            balanced_fold_weights(labels, keep_masks),
            start=self.backbone.initial_head.double(),
        )
        for head, bias in zip(heads.float(), biases.float(), strict=True):
            yield LinearHead(head.T, bias)

    @property
    def _has_rate(self) -> bool:
        return self.inner_rate is not None or "rate" in self.backbone.card.maml
