"""Sinusoid regression of the MAML paper (arXiv:1703.03400, section 5.1, figure 3).

Amplitude 0.1 to 5, phase 0 to pi, inputs in [-5, 5]; two hidden layers of 40; inner rate 0.01;
Adam at 0.001 over batches of 25 tasks, one inner step of 10 examples. The mean squared error over
600 new tasks by inner step, from 5 and 10 examples, beside a network trained on the average of
all tasks, whose step size is chosen on 600 other tasks, as in the paper. Writes sinusoid.png and
sinusoid.csv and prints a Markdown table.
Run: python benchmarks/sinusoid.py [FOLDER, by default docs/results]
"""

import argparse
import csv
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path

import torch
from matplotlib.figure import Figure
from pairing import markdown
from torch import Tensor

RATE, N_SHOT, N_TASKS, HIDDEN, STEPS = 0.01, 10, 25, 40, 10
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
"""Tried for the baseline."""

SEED, OTHER_SEED = 99, 98
"""Of the tasks that are measured, and of those that choose the baseline's rate."""

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
    """Random weights of a network 1-40-40-1, small enough for a step of 0.01 not to overshoot.

    Evenly in ±1/sqrt(n_in): with variance 2/n_in (He et al. 2015) and inputs up to 5 the loss is
    so curved that error rises with every step until some thousand tasks have flattened it.
    """
    sizes = [1, HIDDEN, HIDDEN, 1]
    weights = [
        (2 * torch.rand(rows, n_out, generator=generator) - 1) / n_in**0.5
        for n_in, n_out in zip(sizes, sizes[1:], strict=False)
        for rows in (n_in, 1)
    ]
    return [w.requires_grad_() for w in weights]


def predict(weights: Weights, x: Tensor) -> Tensor:
    """Outputs (n_tasks, n, 1); the weights may be one set, or one for each task."""
    for layer in (0, 2):
        x = (x @ weights[layer] + weights[layer + 1]).relu()
    return x @ weights[4] + weights[5]


def adapt(weights: Weights, tasks: Sinusoids, *, rate: float = RATE, learns: bool) -> Weights:
    """The weights of every task after one inner step on its examples."""
    n_tasks = len(tasks.inputs)
    task_weights = [w.expand(n_tasks, *w.shape[-2:]) for w in weights]
    errors = (predict(task_weights, tasks.inputs) - tasks.outputs).square().mean((1, 2)).sum()
    slopes = torch.autograd.grad(errors, task_weights, create_graph=learns)
    moved = [w - rate * slope for w, slope in zip(task_weights, slopes, strict=True)]
    return moved if learns else [w.detach().requires_grad_() for w in moved]


def train(steps: int, *, by_maml: bool, seed: int = 0) -> Weights:
    """Weights learned by MAML, or on the average of all tasks."""
    generator = torch.Generator().manual_seed(seed)
    weights = begin(generator)
    optimiser = torch.optim.Adam(weights, lr=1e-3)
    for _ in range(steps):
        tasks = draw(N_TASKS, N_SHOT, N_SHOT, generator)
        task_weights = adapt(weights, tasks, learns=True) if by_maml else weights
        error = (predict(task_weights, tasks.query_inputs) - tasks.query_outputs).square().mean()
        optimiser.zero_grad()
        torch.autograd.backward(error)
        optimiser.step()
    return weights


def curve(
    weights: Weights, n_shot: int, *, steps: int = STEPS, rate: float = RATE, seed: int = SEED
) -> list[float]:
    """Mean squared error on the queries of 600 new tasks before and after each inner step."""
    tasks = draw(600, n_shot, 50, torch.Generator().manual_seed(seed))
    task_weights, errors = weights, list[float]()
    for step in range(steps + 1):
        with torch.no_grad():
            residuals = predict(task_weights, tasks.query_inputs) - tasks.query_outputs
        errors.append(float(residuals.square().mean()))
        if step < steps:
            task_weights = adapt(task_weights, tasks, rate=rate, learns=False)
    return errors


def best_rate(weights: Weights, n_shot: int) -> float:
    """The step size that leaves the least error after the last step, on other tasks."""

    def final_error(rate: float) -> float:
        error = curve(weights, n_shot, rate=rate, seed=OTHER_SEED)[-1]
        return error if isfinite(error) else inf

    return min(RATES, key=final_error)


def draw_curves(curves: dict[tuple[str, int], list[float]], picture: Path) -> None:
    """Two panels, 5 and 10 examples, error by inner step."""
    axes = (figure := Figure(figsize=(8, 3.4))).subplots(1, 2, sharey=True)
    for (name, n_shot), errors in curves.items():
        panel = axes[0 if n_shot == 5 else 1]
        panel.plot(errors, marker="o", label=name)
        panel.set(title=f"{n_shot} examples", xlabel="inner steps", ylabel="mean squared error")
        panel.set_ylim(0, None)
        panel.legend()
    figure.tight_layout()
    figure.savefig(picture, dpi=120)


def main() -> None:
    """Train both, draw, write and print the curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/results"))
    parser.add_argument("--iterations", type=int, default=15_000)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    curves: dict[tuple[str, int], list[float]] = {}
    for by_maml, name in ((True, "MAML"), (False, "trained on the average")):
        weights = train(arguments.iterations, by_maml=by_maml)
        for n_shot in (5, 10):
            rate = RATE if by_maml else best_rate(weights, n_shot)
            curves[f"{name}, rate {rate:g}", n_shot] = curve(weights, n_shot, rate=rate)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    draw_curves(curves, arguments.folder / "sinusoid.png")
    columns = ["start", "examples", *(f"step {step}" for step in range(STEPS + 1))]
    rows = [[name, str(k), *(f"{e:.2f}" for e in errors)] for (name, k), errors in curves.items()]
    with (arguments.folder / "sinusoid.csv").open("w", newline="") as lines:
        csv.writer(lines).writerows([columns, *rows])
    print(markdown(columns, rows))  # noqa: T201


if __name__ == "__main__":
    main()
