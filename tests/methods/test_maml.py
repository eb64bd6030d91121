"""The inner loop of MAML against plain autograd, by hand and by finite differences."""

import tiny
import torch
import torch.nn.functional as F
from torch.func import functional_call

from medmeta_core.methods import InnerLoop
from medmeta_core.methods.inner_loop import (
    adapted_scores,
    class_balanced_weights,
    starting_parameters,
    support_loss,
)


def _task(dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    support = tiny.support((2, 3))
    weights = class_balanced_weights(support.labels, 2).to(dtype)
    return support.pixels.to(dtype), support.labels, weights


def test_one_inner_step_is_a_gradient_step_of_plain_autograd() -> None:
    backbone = tiny.backbone(unit_length=False)
    start = starting_parameters(backbone, 2)
    pixels, labels, weights = _task()
    adapted = InnerLoop(rate=0.1, steps=1).adapt(backbone.network, start, (pixels, labels, weights))

    plain = {name: value.clone().requires_grad_() for name, value in start.items()}
    body = {name: value for name, value in plain.items() if not name.startswith("head.")}
    scores = F.linear(
        functional_call(backbone.network, body, (pixels,)), plain["head.weight"], plain["head.bias"]
    )
    loss = (weights * F.cross_entropy(scores, labels, reduction="none")).sum()
    slopes = torch.autograd.grad(loss, list(plain.values()))
    for (name, value), slope in zip(start.items(), slopes, strict=True):
        torch.testing.assert_close(adapted[name], value - 0.1 * slope, atol=1e-5, rtol=1e-4)


def test_the_meta_gradient_equals_finite_differences() -> None:
    backbone = tiny.backbone(unit_length=False)
    backbone.network.double()
    task = _task(torch.float64)
    queries = tiny.support((2, 2), seed=5)
    loop = InnerLoop(rate=0.01, steps=2)
    start = {name: value.double() for name, value in starting_parameters(backbone, 2).items()}
    direction = torch.randn(
        start["body.3.0.weight"].shape,
        generator=torch.Generator().manual_seed(1),
        dtype=torch.float64,
    )

    def outer(shift: torch.Tensor) -> torch.Tensor:
        moved = start | {"body.3.0.weight": start["body.3.0.weight"] + shift * direction}
        adapted = loop.adapt(backbone.network, moved, task)
        return F.cross_entropy(
            adapted_scores(adapted, backbone.network, queries.pixels.double()), queries.labels
        )

    zero = torch.zeros((), dtype=torch.float64, requires_grad=True)
    (meta_gradient,) = torch.autograd.grad(outer(zero), zero)
    step = 1e-6
    with torch.no_grad():
        below, above = outer(zero - step), outer(zero + step)
    torch.testing.assert_close(meta_gradient, (above - below) / (2 * step), atol=1e-7, rtol=1e-4)


def test_second_order_and_first_order_gradients_differ() -> None:
    backbone = tiny.backbone(unit_length=False)
    queries = tiny.support((2, 2), seed=5)
    gradients = []
    for first_order in (False, True):
        start = {
            name: value.requires_grad_() for name, value in starting_parameters(backbone, 2).items()
        }
        loop = InnerLoop(rate=0.1, steps=2, first_order=first_order)
        adapted = loop.adapt(backbone.network, start, _task())
        loss = F.cross_entropy(
            adapted_scores(adapted, backbone.network, queries.pixels), queries.labels
        )
        gradients.append(torch.autograd.grad(loss, start["head.weight"])[0])
    assert not torch.allclose(gradients[0], gradients[1])


def test_the_inner_loop_lowers_the_loss_on_the_examples() -> None:
    backbone = tiny.backbone(unit_length=False)
    start, task = starting_parameters(backbone, 2), _task()
    adapted = InnerLoop(rate=0.01, steps=5).adapt(backbone.network, start, task)
    before = support_loss(start, backbone.network, *task)
    after = support_loss(adapted, backbone.network, *task)
    assert after < before
