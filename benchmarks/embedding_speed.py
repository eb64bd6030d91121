"""Pictures through the shipped backbone, against plain eager torch and the processor's peak.

Prints Markdown tables: time and share of the peak by engine; whether decisions are float32's;
how much a busy process beside costs. Run: python benchmarks/embedding_speed.py [SET ...]
A SET is a folder of folders, on which decisions are compared beside those on the demo sets.
"""

import copy
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median

import torch
from pairing import Work, markdown, paired
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from medmeta_core.datasets import LabelledSet, read_labelled_set
from medmeta_core.demo import demo_sets
from medmeta_core.embedding import EmbeddingNetwork, load_backbone
from medmeta_core.embedding.inference.engine import fused, has_bfloat16
from medmeta_core.embedding.inference.runtime import Runtime
from medmeta_core.episodes import EpisodeSampler, EpisodeShape
from medmeta_core.methods.prototypical import PrototypeHead, prototypes
from medmeta_core.paths import assets_folder

RUNS, EPISODES, MOST_PICTURES = 15, 200, 200
SIDES_OF_PRODUCTS = (512, 1024, 2048)


def peak_flops() -> float:
    """Operations a second of the best matrix product, in bfloat16 where the processor has it."""
    rates = []
    for side in SIDES_OF_PRODUCTS:
        factor = torch.randn(side, side).to(torch.bfloat16 if has_bfloat16() else torch.float32)
        took = paired({"product": partial(torch.mm, factor, factor)}, runs=RUNS)["product"]
        rates.append(2 * side**3 / took.seconds)
    return max(rates)


def speeds(network: EmbeddingNetwork, runtime: Runtime) -> str:
    """The table of engines at batches of 16 and of 1."""
    plain = copy.deepcopy(network).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    engine, in_torch = runtime.engine, fused(network, runtime.engine.precision)
    pixels = torch.rand(16, 3, network.input_side, network.input_side)
    with FlopCounterMode(display=False) as counter:
        network(pixels[:1])
    flops, peak = counter.get_total_flops(), peak_flops()
    ways = {
        "torch, eager, float32": plain,
        f"torch, norms folded, {in_torch.precision}": in_torch.features,
        f"{engine.name}, {engine.precision}: the runtime": runtime.embed,
    }
    with torch.inference_mode():
        by_batch = [
            paired({name: partial(way, pixels[:n]) for name, way in ways.items()}, runs=RUNS)
            for n in (16, 1)
        ]
    rows = []
    for name in ways:
        at_16, at_1 = by_batch[0][name], by_batch[1][name]
        share = flops * 16 / at_16.seconds / peak
        rows.append(
            [
                f"{name}",
                f"{1e3 * at_16.seconds / 16:.2f}",
                f"{at_16.ratio:.1f}",
                f"{100 * share:.0f} %",
                f"{1e3 * at_1.seconds:.2f}",
                f"{at_1.ratio:.1f}",
            ]
        )
    side, peak_gflops = network.input_side, peak / 1e9
    columns = [
        f"{side} px, {flops / 1e9:.2f} GFLOP a picture, one thread",
        "ms a picture, batch 16",
        "eager / it",
        f"of the peak, {peak_gflops:.0f} GFLOP/s",
        "ms, batch 1",
        "eager / it",
    ]
    return markdown(columns, rows)


def decisions(name: str, labelled: LabelledSet, runtime: Runtime, network: EmbeddingNetwork) -> str:
    """How often prototypes decide as in float32, and how sure float32 is where they do not."""
    order = torch.randperm(len(labelled.labels), generator=torch.Generator().manual_seed(0))
    chosen = order[:MOST_PICTURES]
    pixels, labels = labelled.images(chosen), labelled.labels[chosen]
    with torch.inference_mode():
        batches = torch.split(pixels, 16)
        fast = torch.cat([runtime.embed(batch) for batch in batches])
        exact = torch.cat([network(batch) for batch in batches])
    sampler = EpisodeSampler(labels, [None] * len(labels), EpisodeShape(5, 5, 15))
    generator, n, gaps, right = torch.Generator().manual_seed(1), 0, list[float](), [0, 0]
    for _ in range(EPISODES):
        episode = sampler.draw(generator)
        probabilities = [
            _probabilities(
                embeddings[episode.support], episode.support_labels, embeddings[episode.query]
            )
            for embeddings in (exact, fast)
        ]
        answers = [one.argmax(1) for one in probabilities]
        best = probabilities[0].topk(2, dim=1).values
        gaps += (best[:, 0] - best[:, 1])[answers[0] != answers[1]].tolist()
        right = [
            k + int((a == episode.query_labels).sum()) for k, a in zip(right, answers, strict=True)
        ]
        n += len(episode.query)
    return (
        f"| {name} | {n} | {100 * (1 - len(gaps) / n):.2f} % | {100 * max(gaps, default=0):.1f} "
        f"| {right[0] / n:.4f} | {right[1] / n:.4f} |\n"
    )


def _probabilities(support: Tensor, labels: Tensor, queries: Tensor) -> Tensor:
    means = prototypes(support, labels, int(labels.max()) + 1)
    scores: Tensor = PrototypeHead(means, 10.0)(queries)
    return scores.softmax(-1)


def beside_a_busy_process(work: Work) -> float:
    """How many times longer the wall's clock runs with another process busy: paired medians."""
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    ratios = []
    try:
        for _ in range(RUNS):
            took = []
            for order in (signal.SIGSTOP, signal.SIGCONT):
                os.kill(busy.pid, order)
                time.sleep(0.05)
                began = time.perf_counter()
                work()
                took.append(time.perf_counter() - began)
            ratios.append(took[1] / took[0])
    finally:
        busy.kill()
        busy.wait()
    return median(ratios)


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    network = load_backbone("medmeta-resnet18").network
    assert isinstance(network, EmbeddingNetwork)
    runtime = Runtime(network)
    sys.stdout.write(speeds(network, runtime) + "\n")
    sys.stdout.write(
        "| decisions, 5 examples each | answers | as float32 | largest gap of the others, points "
        "| accuracy float32 | accuracy |\n|---|---:|---:|---:|---:|---:|\n"
    )
    folders = {demo.name: demo.examples for demo in demo_sets(assets_folder())}
    folders |= {Path(path).name: Path(path) for path in sys.argv[1:]}
    for name, folder in folders.items():
        labelled = read_labelled_set(folder, side=network.input_side)
        sys.stdout.write(decisions(name, labelled, runtime, network))
    pixels = torch.rand(16, 3, network.input_side, network.input_side)
    slower = beside_a_busy_process(lambda: [runtime.embed(pixels) for _ in range(3)])
    sys.stdout.write(
        f"\nBeside one busy process: {slower:.2f} times the time, on {os.cpu_count()} cores "
        f"(load when it began: {os.getloadavg()[0]:.1f}).\n"
    )


if __name__ == "__main__":
    main()
