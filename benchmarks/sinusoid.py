"""Sinusoid regression of the MAML paper (arXiv:1703.03400, section 5.1, figure 3).

Amplitude 0.1 to 5, phase 0 to pi, inputs in [-5, 5]; two hidden layers of 40; inner rate 0.01;
Adam at 0.001 over batches of 25 tasks, one inner step of 10 examples. Prints and draws the mean
squared error over 600 new tasks by inner step, from 5 and 10 examples, beside a network trained
on the average of all tasks. Run: python benchmarks/sinusoid.py [--out sinusoid.png]
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import Tensor

RATE, N_SHOT, N_TASKS, HIDDEN = 0.01, 10, 25, 40
Weights = list[Tensor]


@dataclass(frozen=True, eq=False)
class Sinusoids:
    """Tasks: examples and queries, inputs and outputs (n_tasks, n, 1)."""

    inputs: Tensor
    outputs: Tensor
    query_inputs: Tensor
    query_outputs: Tensor


def draw(n_tasks: int, n_shot: int, n_query: int, generator: torch.Generator) -> Sinusoids:
    """Tasks of amplitude 0.1 to 5 and phase 0 to pi."""
    amplitude = 0.1 + 4.9 * torch.rand(n_tasks, 1, 1, generator=generator)
    phase = torch.pi * torch.rand(n_tasks, 1, 1, generator=generator)
    x = 10 * torch.rand(n_tasks, n_shot + n_query, 1, generator=generator) - 5
    y = amplitude * torch.sin(x - phase)
    return Sinusoids(x[:, :n_shot], y[:, :n_shot], x[:, n_shot:], y[:, n_shot:])


def begin(generator: torch.Generator) -> Weights:
    """Random weights of a network 1-40-40-1 that learn."""
    sizes = [1, HIDDEN, HIDDEN, 1]
    weights = [
        t
        for n_in, n_out in zip(sizes, sizes[1:], strict=False)
        for t in (
            torch.randn(n_in, n_out, generator=generator) * (2 / n_in) ** 0.5,
            torch.zeros(1, n_out),
        )
    ]
    return [w.requires_grad_() for w in weights]


def predict(weights: Weights, x: Tensor) -> Tensor:
    """Outputs (n_tasks, n, 1); the weights may be one set, or one for each task."""
    for layer in (0, 2):
        x = (x @ weights[layer] + weights[layer + 1]).relu()
    return x @ weights[4] + weights[5]


def adapt(weights: Weights, tasks: Sinusoids, *, learns: bool) -> Weights:
    """The weights of every task after one inner step on its examples."""
    n_tasks = len(tasks.inputs)
    own = [w.expand(n_tasks, *w.shape[-2:]) for w in weights]
    errors = (predict(own, tasks.inputs) - tasks.outputs).square().mean((1, 2)).sum()
    slopes = torch.autograd.grad(errors, own, create_graph=learns)
    moved = [w - RATE * slope for w, slope in zip(own, slopes, strict=True)]
    return moved if learns else [w.detach().requires_grad_() for w in moved]


def train(steps: int, *, by_maml: bool, seed: int = 0) -> Weights:
    """Weights learned by MAML, or on the average of all tasks."""
    generator = torch.Generator().manual_seed(seed)
    weights = begin(generator)
    optimiser = torch.optim.Adam(weights, lr=1e-3)
    for _ in range(steps):
        tasks = draw(N_TASKS, N_SHOT, N_SHOT, generator)
        own = adapt(weights, tasks, learns=True) if by_maml else weights
        error = (predict(own, tasks.query_inputs) - tasks.query_outputs).square().mean()
        optimiser.zero_grad()
        torch.autograd.backward(error)
        optimiser.step()
    return weights


def curve(weights: Weights, n_shot: int, *, steps: int = 10, n_tasks: int = 600) -> list[float]:
    """Mean squared error on the queries of new tasks before and after each inner step."""
    tasks = draw(n_tasks, n_shot, 50, torch.Generator().manual_seed(99))
    own, errors = weights, list[float]()
    for step in range(steps + 1):
        with torch.no_grad():
            found = predict(own, tasks.query_inputs) - tasks.query_outputs
        errors.append(float(found.square().mean()))
        if step < steps:
            own = adapt(own, tasks, learns=False)
    return errors


def main() -> None:
    """Train both, print and draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=15_000)
    parser.add_argument("--out", type=Path, default=Path("runs/sinusoid.png"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    axes = (figure := Figure(figsize=(8, 3.4))).subplots(1, 2, sharey=True)
    for by_maml, title in ((True, "MAML"), (False, "trained on the average")):
        weights = train(asked.steps, by_maml=by_maml)
        for panel, n_shot in zip(axes, (5, 10), strict=True):
            errors = curve(weights, n_shot)
            print(f"{title}, {n_shot}-shot:", " ".join(f"{e:.2f}" for e in errors))  # noqa: T201
            panel.plot(errors, marker="o", label=title)
            panel.set(title=f"{n_shot} examples", xlabel="inner steps", ylabel="squared error")
            panel.legend()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(asked.out, dpi=120)


if __name__ == "__main__":
    main()
