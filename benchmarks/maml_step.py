"""One outer step of second-order MAML: ours beside higher and torchopt, on the same tensors.

Conv-4 of 32 channels with batch norm (the batch's own statistics, as the papers have it), 84 px,
5-way 5-shot, 15 queries each, 5 inner steps of 0.01, meta-batch 4. Rounds are paired: in each, all
take the step one after the other. Prints a Markdown table: median CPU seconds, the median of the
ratios to ours, and how far the meta-gradient of one task lies from float64 autograd, as a share of
its length: as a whole, and of the tensor where it lies farthest. All but the reference compute in
float32. At this size float32 itself is 3e-2 off, ours as near as the peers: over five steps a
maximum or a ReLU falls to the other side by rounding; at 32 px and two steps all are 2e-6 off.
learn2learn 0.2.0 does not build on Python 3.11 and is absent.
Needs the extra `bench` (higher or torchopt suffices). Run: python benchmarks/maml_step.py
"""

import argparse
import importlib.util
import time
from collections.abc import Callable
from statistics import median

import torch
import torch.nn.functional as F
from pairing import markdown
from torch import Tensor, nn
from torch.func import functional_call

from medmeta_core.training.conv4.block_passes import library
from medmeta_core.training.conv4.sweep import Batch, Sweep, meta_gradient

N_WAY, N_SHOT, N_QUERY, SIDE, WIDTH, STEPS, RATE, N_TASKS = 5, 5, 15, 84, 32, 5, 0.01, 4
Task = tuple[Tensor, Tensor, Tensor, Tensor]
Step = Callable[[nn.Module, list[Task]], list[Tensor]]


def network() -> nn.Sequential:
    """Conv-4 as the peers write it, with random weights."""
    torch.manual_seed(0)
    blocks: list[nn.Module] = []
    for before in (3, WIDTH, WIDTH, WIDTH):
        blocks += [
            nn.Conv2d(before, WIDTH, 3, padding=1, bias=False),
            nn.BatchNorm2d(WIDTH, track_running_stats=False),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(WIDTH * (SIDE // 16) ** 2, N_WAY))


def tasks() -> list[Task]:
    """Random pictures with random shades proper to each class."""
    generator = torch.Generator().manual_seed(1)

    def pictures(n: int) -> tuple[Tensor, Tensor]:
        labels = torch.arange(N_WAY).repeat(n)
        noise = torch.randn(len(labels), 3, SIDE, SIDE, generator=generator)
        return noise + 0.3 * labels[:, None, None, None], labels

    return [(*pictures(N_SHOT), *pictures(N_QUERY)) for _ in range(N_TASKS)]


def ours(net: nn.Module, batch: list[Task]) -> list[Tensor]:
    """By one sweep back over the inner steps."""
    flat = [p.detach() for p in net.parameters()]
    start = [tuple(flat[i : i + 3]) for i in range(0, 12, 3)] + [tuple(flat[12:])]
    rates = [[torch.tensor(RATE)] * len(flat)] * STEPS
    total = [torch.zeros_like(p) for p in flat]
    for support, labels, query, query_labels in batch:
        gradient = meta_gradient(
            Sweep(groups=0),
            start,
            (_even(support, labels), _even(query, query_labels)),
            rates=rates,
            importance=[0.0] * (STEPS - 1) + [1.0],
        )
        for sum_, slope in zip(total, (t for s in gradient.start for t in s), strict=True):
            sum_ += slope / len(batch)
    return total


def _even(pixels: Tensor, labels: Tensor) -> Batch:
    return Batch(pixels, labels, torch.full((len(labels),), 1 / len(labels)))


def by_higher(net: nn.Module, batch: list[Task]) -> list[Tensor]:
    """By `higher.innerloop_ctx`."""
    import higher

    net.zero_grad()
    inner = torch.optim.SGD(net.parameters(), lr=RATE)
    for support, labels, query, query_labels in batch:
        with higher.innerloop_ctx(net, inner, copy_initial_weights=False) as (moved, steps):
            for _ in range(STEPS):
                steps.step(F.cross_entropy(moved(support), labels))
            torch.autograd.backward(F.cross_entropy(moved(query), query_labels) / len(batch))
    return [_slope(p) for p in net.parameters()]


def by_torchopt(net: nn.Module, batch: list[Task]) -> list[Tensor]:
    """By `torchopt.MetaSGD`."""
    import torchopt

    net.zero_grad()
    inner = torchopt.MetaSGD(net, lr=RATE)
    start = torchopt.extract_state_dict(net)
    start_inner = torchopt.extract_state_dict(inner)
    leaves = list(net.parameters())
    for support, labels, query, query_labels in batch:
        for _ in range(STEPS):
            inner.step(F.cross_entropy(net(support), labels))
        torch.autograd.backward(F.cross_entropy(net(query), query_labels) / len(batch))
        torchopt.recover_state_dict(net, start)
        torchopt.recover_state_dict(inner, start_inner)
    return [_slope(p) for p in leaves]


def by_autograd(net: nn.Module, batch: list[Task]) -> list[Tensor]:
    """By plain autograd through the unrolled inner loop, in float64: the reference."""
    start = {name: p.detach().double().requires_grad_() for name, p in net.named_parameters()}
    total = [torch.zeros_like(p) for p in start.values()]
    for support, labels, query, query_labels in batch:
        moved = start
        for _ in range(STEPS):
            loss = F.cross_entropy(functional_call(net, moved, (support.double(),)), labels)
            slopes = torch.autograd.grad(loss, list(moved.values()), create_graph=True)
            pairs = zip(moved.items(), slopes, strict=True)
            moved = {name: value - RATE * slope for (name, value), slope in pairs}
        query_loss = F.cross_entropy(functional_call(net, moved, (query.double(),)), query_labels)
        gradients = torch.autograd.grad(query_loss / len(batch), list(start.values()))
        total = [a + b for a, b in zip(total, gradients, strict=True)]
    return total


def _slope(parameter: Tensor) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad.clone()


def distances(gradients: list[Tensor], reference: list[Tensor]) -> tuple[float, float]:
    """Of the whole gradient and of its farthest tensor, relative to the reference's length."""
    off = torch.stack([(a.double() - b).norm() for a, b in zip(gradients, reference, strict=True)])
    lengths = torch.stack([b.norm() for b in reference])
    return float(off.norm() / lengths.norm()), float((off / lengths).max())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    n_rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    if library() is None:
        raise SystemExit("No C compiler here: MAML falls back to autograd, nothing to compare.")
    peers: dict[str, Step] = {"higher": by_higher, "torchopt": by_torchopt}
    present = {name: step for name, step in peers.items() if importlib.util.find_spec(name)}
    steps: dict[str, Step] = {"ours": ours} | present
    batch = tasks()
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(n_rounds):
        for name, step in steps.items():
            net = network()
            began = time.process_time()
            step(net, batch)
            seconds[name].append(time.process_time() - began)
    reference, rows = by_autograd(network(), batch[:1]), list[list[str]]()
    for name, step in steps.items():
        off = [f"{distance:.1e}" for distance in distances(step(network(), batch[:1]), reference)]
        ratio = median(b / a for a, b in zip(seconds["ours"], seconds[name], strict=True))
        rows.append([name, f"{median(seconds[name]):.2f}", f"{ratio:.2f}", *off])
    columns = ["outer step by", "CPU s", "times ours", "off float64, whole", "farthest tensor"]
    print(markdown(columns, rows))  # noqa: T201


if __name__ == "__main__":
    main()
