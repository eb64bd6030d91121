"""MAML: a few gradient steps on the examples, from weights learned to be a good start.

Finn, Abbeel, Levine: Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks.
ICML 2017, arXiv:1703.03400. Score: the output of the adapted linear head.

The head starts from one learned vector for every condition (UNICORN-MAML, Ye & Chao 2021,
arXiv:2106.16245), so that any number of conditions fits and their order does not matter.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad

from medmeta_core.embedding import Backbone, EmbeddingNetwork
from medmeta_core.episodes import SupportSet
from medmeta_core.methods.classifier import Classifier

Parameters = dict[str, Tensor]

UNLEARNED_STEPS, UNLEARNED_RATE = 5, 0.05
"""The inner loop of a backbone whose card has none: it was not meta-learned."""


@dataclass(frozen=True)
class InnerLoop:
    """Gradient descent on the support set.

    Attributes:
        rate: step size (alpha in the paper); a tensor where the outer loop learns it.
        steps: number of steps.
        first_order: whether the outer loop may ignore second derivatives (section 5.2).
    """

    rate: float | Tensor = UNLEARNED_RATE
    steps: int = UNLEARNED_STEPS
    first_order: bool = False

    def adapt(
        self, network: EmbeddingNetwork, start: Parameters, support: tuple[Tensor, Tensor, Tensor]
    ) -> Parameters:
        """Adapted parameters, differentiable with respect to `start` unless first order.

        Args:
            network: gives the shape of the computation; its own weights are not used.
            start: parameters of the network and "head.weight" (n_conditions, d), "head.bias".
            support: pixels (n, 3, h, w), labels (n,), weights (n,) that sum to 1.
        """
        parameters = start
        for _ in range(self.steps):
            slopes = grad(support_loss)(parameters, network, *support)
            if self.first_order:
                slopes = {name: slope.detach() for name, slope in slopes.items()}
            parameters = {  # equation 1
                name: value - self.rate * slopes[name] for name, value in parameters.items()
            }
        return parameters


def maml_scores(parameters: Parameters, network: EmbeddingNetwork, pixels: Tensor) -> Tensor:
    """Scores (n, n_conditions) of pixels (n, 3, h, w) under the given parameters."""
    body = {name: value for name, value in parameters.items() if not name.startswith("head.")}
    embeddings = functional_call(network, body, (pixels,))
    return F.linear(embeddings, parameters["head.weight"], parameters["head.bias"])


def support_loss(
    parameters: Parameters,
    network: EmbeddingNetwork,
    pixels: Tensor,
    labels: Tensor,
    weights: Tensor,
) -> Tensor:
    """Cross-entropy over the examples, each counted with its weight (equation 3)."""
    losses = F.cross_entropy(maml_scores(parameters, network, pixels), labels, reduction="none")
    return (weights * losses).sum()


def starting_parameters(backbone: Backbone, n_conditions: int) -> Parameters:
    """The meta-learned start for a task of `n_conditions`."""
    body = {name: value.detach() for name, value in backbone.network.named_parameters()}
    return body | {
        "head.weight": backbone.head_start.expand(n_conditions, -1).clone(),
        "head.bias": torch.zeros(n_conditions),
    }


def even_weights(labels: Tensor, n_conditions: int) -> Tensor:
    """Weights (n,) that sum to 1 and give every condition the same sum.

    >>> even_weights(torch.tensor([0, 0, 1]), 2).tolist()
    [0.25, 0.25, 0.5]
    """
    counts = torch.bincount(labels, minlength=n_conditions)
    return 1 / (n_conditions * counts[labels])


@dataclass(frozen=True)
class Maml:
    """The inner loop of MAML from a backbone's weights; all layers move."""

    backbone: Backbone

    @property
    def rate(self) -> float:
        """Step size stated in the backbone's card."""
        return self.backbone.card.maml.get("rate", UNLEARNED_RATE)

    @property
    def steps(self) -> int:
        """Number of steps stated in the backbone's card."""
        return int(self.backbone.card.maml.get("steps", UNLEARNED_STEPS))

    @property
    def inner_loop(self) -> InnerLoop:
        """The inner loop as the dashboard runs it: nobody differentiates through it."""
        return InnerLoop(
            rate=self.rate,
            steps=self.steps,
            first_order=True,
        )

    @property
    def settings(self) -> Mapping[str, float]:
        """Rate and number of the inner steps."""
        return {"inner_rate": self.rate, "inner_steps": self.steps}

    def fit(self, support: SupportSet) -> Classifier:
        """A classifier after the inner loop; the backbone's weights stay as they are."""
        network, n_conditions = self.backbone.network, len(support.conditions)
        side = (network.input_side, network.input_side)
        pixels = F.interpolate(support.pixels, side, mode="bilinear", antialias=True)
        task = (pixels, support.labels, even_weights(support.labels, n_conditions))
        start = starting_parameters(self.backbone, n_conditions)
        adapted = self.inner_loop.adapt(network, start, task)
        return _classifier(support.conditions, network, adapted)

    def fit_each(self, support: SupportSet, kept: Tensor) -> Iterator[Classifier]:
        """One inner loop for each row of `kept` (m, n)."""
        for row in kept:
            yield self.fit(support.subset(row))


def _classifier(
    conditions: tuple[str, ...], network: EmbeddingNetwork, adapted: Parameters
) -> Classifier:
    """A network of its own that holds the adapted parameters."""
    own = copy.deepcopy(network)
    values = {name: value.detach() for name, value in adapted.items()}
    head = nn.Linear(own.n_features, len(conditions))
    head.load_state_dict({"weight": values.pop("head.weight"), "bias": values.pop("head.bias")})
    own.load_state_dict(values, strict=False)
    own.eval().requires_grad_(False)
    head.requires_grad_(False)

    @torch.inference_mode()
    def embed(pixels: Tensor) -> Tensor:
        embeddings: Tensor = own(pixels)
        return embeddings

    return Classifier(conditions, own, head, own.saliency_layer, embed)
