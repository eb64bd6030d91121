"""The inner loop: gradient descent on the examples, in all layers or in some.

Finn, Abbeel, Levine: Model-Agnostic Meta-Learning, ICML 2017, arXiv:1703.03400, equation 1.
A rate of its own for every layer and step: Antoniou, Edwards, Storkey: How to train your MAML,
ICLR 2019, arXiv:1810.09502, section 4 (LSLR).

The head starts from one vector for every condition (UNICORN-MAML, Ye & Chao 2021,
arXiv:2106.16245), so that any number of conditions fits and their order does not matter; which
vector makes no difference, and what we train has zero.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad

from medmeta_core.embedding import Backbone, ModelCard, Network
from medmeta_core.episodes import SupportSet
from medmeta_core.errors import HyperParameterError
from medmeta_core.progress import report

Parameters = dict[str, Tensor]
Examples = tuple[Tensor, Tensor, Tensor]
"""Pixels (n, 3, h, w), labels (n,), weights (n,) that sum to 1."""

UNLEARNED_STEPS, UNLEARNED_RATE = 5, 0.05
"""The inner loop of a backbone whose card has none: it was not meta-learned."""


@dataclass(frozen=True, eq=False)
class InnerLoop:
    """Gradient descent on the support set.

    Attributes:
        rate: step size (alpha in the paper) of what `rates` does not name.
        steps: number of steps.
        first_order: whether the outer loop may ignore second derivatives (section 5.2).
        rates: by parameter, the size of each step (steps,); tensors where they are learned.
    """

    rate: float | Tensor = UNLEARNED_RATE
    steps: int = UNLEARNED_STEPS
    first_order: bool = False
    rates: Mapping[str, Tensor | Sequence[float]] = field(default_factory=dict)

    def rate_of(self, name: str, step: int) -> float | Tensor:
        """The size of a parameter's step, counted from 0."""
        return self.rates[name][step] if name in self.rates else self.rate

    def path(self, network: Network, start: Parameters, support: Examples) -> Iterator[Parameters]:
        """The parameters after each step, differentiable with respect to `start` and rates.

        Args:
            network: gives the shape of the computation, and the weights that `start` lacks.
            start: parameters that move, with "head.weight" (n_conditions, d) and "head.bias".
            support: what the loss is taken over.
        """
        parameters = start
        for step in range(self.steps):
            report(step / self.steps)
            slopes = grad(support_loss)(parameters, network, *support)
            if self.first_order:
                slopes = {name: slope.detach() for name, slope in slopes.items()}
            parameters = {  # equation 1
                name: value - self.rate_of(name, step) * slopes[name]
                for name, value in parameters.items()
            }
            yield parameters

    def adapt(self, network: Network, start: Parameters, support: Examples) -> Parameters:
        """The parameters after the last step."""
        parameters = start
        for parameters in self.path(network, start, support):  # noqa: B007
            pass
        return parameters


def inner_loop_of(
    card: ModelCard, *, steps: int | None = None, rate: float | None = None
) -> InnerLoop:
    """The inner loop that a backbone's card states.

    Args:
        steps: in the place of the number that the card states.
        rate: of all steps, in the place of those that were learned.

    Raises:
        HyperParameterError: each step has a rate that was learned, and there are fewer of these.
    """
    rates = card.inner_rates if rate is None else {}
    n_learned = min((len(row) for row in rates.values()), default=None)
    if steps is not None and n_learned is not None and steps > n_learned:
        raise HyperParameterError("inner-steps", limit=n_learned, backbone=card.name, found=steps)
    return InnerLoop(
        rate=card.maml.get("rate", UNLEARNED_RATE) if rate is None else rate,
        steps=int(card.maml.get("steps", UNLEARNED_STEPS)) if steps is None else steps,
        first_order=True,
        rates=rates,
    )


def meta_trained_otherwise(card: ModelCard, loop: InnerLoop) -> dict[str, float]:
    """Settings of the inner loop that the weights were meta-trained with, where `loop` differs.

    Empty where it does not, and where no inner loop was learned.
    """
    learned = inner_loop_of(card)
    if not card.maml or (loop.steps, loop.rate) == (learned.steps, learned.rate):
        return {}
    return {"meta_trained_rate": float(learned.rate), "meta_trained_steps": learned.steps}


def adapted_scores(parameters: Parameters, network: Network, pixels: Tensor) -> Tensor:
    """Scores (n, n_conditions) of pixels (n, 3, h, w) under the given parameters."""
    body = {name: value for name, value in parameters.items() if not name.startswith("head.")}
    embeddings = functional_call(network, body, (pixels,))
    return F.linear(embeddings, parameters["head.weight"], parameters["head.bias"])


def support_loss(
    parameters: Parameters,
    network: Network,
    pixels: Tensor,
    labels: Tensor,
    weights: Tensor,
) -> Tensor:
    """Cross-entropy over the examples, each counted with its weight (equation 3)."""
    losses = F.cross_entropy(adapted_scores(parameters, network, pixels), labels, reduction="none")
    return (weights * losses).sum()


def starting_parameters(backbone: Backbone, n_conditions: int) -> Parameters:
    """The meta-learned start for a task of `n_conditions`."""
    body = {name: value.detach() for name, value in backbone.network.named_parameters()}
    return body | {
        "head.weight": backbone.initial_head.expand(n_conditions, -1).clone(),
        "head.bias": torch.zeros(n_conditions),
    }


def class_balanced_weights(labels: Tensor, n_conditions: int) -> Tensor:
    """Weights (n,) that sum to 1 and give every condition the same sum.

    >>> class_balanced_weights(torch.tensor([0, 0, 1]), 2).tolist()
    [0.25, 0.25, 0.5]
    """
    counts = torch.bincount(labels, minlength=n_conditions)
    return 1 / (n_conditions * counts[labels])


def examples_of(support: SupportSet, network: nn.Module) -> Examples:
    """Pixels at the network's side, labels, and weights by which conditions count evenly."""
    side = int(network.input_side)  # type: ignore[arg-type]
    pixels = F.interpolate(support.pixels, (side, side), mode="bilinear", antialias=True)
    return pixels, support.labels, class_balanced_weights(support.labels, len(support.conditions))
