"""How long a clinician waits: adapting to 25 examples and classifying one image, in one run.

Prints a Markdown table of medians in the processor's seconds, which are the wall's on an idle
machine, and the ratio to the same work done plainly (n refits, each of which embeds every example
anew). Run: python benchmarks/adapting.py
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
import torch
from pairing import markdown, paired

from medmeta_core.analysis import adapt, analyse
from medmeta_core.embedding import load_backbone
from medmeta_core.episodes import SupportSet
from medmeta_core.errors import BackboneError
from medmeta_core.imaging import MedicalImage
from medmeta_core.methods import METHODS

N_CONDITIONS, N_EXAMPLES, SIDE, RUNS = 5, 5, 224, 3


def picture(condition: int, seed: int) -> MedicalImage:
    """A noisy grey picture (1, SIDE, SIDE) with stripes proper to a condition."""
    random = np.random.default_rng(seed)
    wave = 0.4 + 0.3 * np.sin(np.arange(SIDE) / (3 + 2 * condition))
    pixels = (wave + 0.3 * random.random((1, SIDE, SIDE))).astype(np.float32)
    return MedicalImage(pixels, "OT", str(seed))


def examples(run: int) -> SupportSet:
    """Fresh examples, so that nothing is remembered from an earlier run."""
    return SupportSet.from_images(
        {
            f"condition {k}": [picture(k, 1000 * run + 100 * k + i) for i in range(N_EXAMPLES)]
            for k in range(N_CONDITIONS)
        }
    )


def seconds(work: Callable[[], object]) -> float:
    """The processor's time of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def plain_leave_one_out(support: SupportSet) -> None:
    """Prototypes refitted for each example left out, every example embedded each time."""
    network = load_backbone().network
    for i in range(len(support)):
        keep_mask = torch.arange(len(support)) != i
        with torch.inference_mode():
            network(support.pixels[keep_mask])
            network(support.pixels[i : i + 1])


def row(method: str, first: int) -> list[str]:
    """How long adapting and classifying take with a method; empty where its weights are not there.

    Args:
        first: run from which on no other method has seen the examples.
    """
    try:
        adapt(examples(0), method=method)  # weights and packages are loaded
    except BackboneError:
        return []
    fresh = [seconds(partial(adapt, examples(first + run), method=method)) for run in range(RUNS)]
    support = examples(first)
    again = [seconds(partial(adapt, support, method=method)) for _ in range(RUNS)]
    adaptation = adapt(support, method=method)
    analyse(picture(0, 1), adaptation)
    answers = [
        seconds(partial(analyse, picture(run % N_CONDITIONS, 9000 + run), adaptation))
        for run in range(RUNS)
    ]
    return [method, *(f"{median(taken):.3f}" for taken in (fresh, again, answers))]


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    every = (row(method, 100 * k) for k, method in enumerate(METHODS, start=1))
    rows = [measured for measured in every if measured]
    columns = [
        f"adapt + leave-one-out, {N_CONDITIONS * N_EXAMPLES} examples, {SIDE} px; s",
        "nothing remembered",
        "embeddings remembered",
        "one image with heat map",
    ]
    sys.stdout.write(markdown(columns, rows))
    fresh = iter(range(10_000, 10_000 + RUNS + 1))
    ways = {
        "plain": lambda: plain_leave_one_out(examples(20_000)),
        "ours": lambda: adapt(examples(next(fresh))),
    }
    timings = paired(ways, runs=RUNS)
    sys.stdout.write(
        f"\nLeave-one-out in plain refits takes {timings['plain'].seconds:.2f} s, "
        f"{timings['ours'].ratio:.0f} times as long as ours.\n"
    )


if __name__ == "__main__":
    main()
