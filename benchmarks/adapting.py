"""How long a clinician waits: adapting to 25 examples and judging one image, in one run.

Prints medians in seconds and the ratio to the same work done plainly (n refits, each of which
embeds every example anew). Run: python benchmarks/adapting.py
"""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
import torch

from medmeta_core.analysis import adapt, analyse
from medmeta_core.embedding import load_backbone
from medmeta_core.episodes import SupportSet
from medmeta_core.imaging import MedicalImage
from medmeta_core.methods import METHODS

N_CONDITIONS, N_EXAMPLES, SIDE, RUNS = 5, 5, 224, 5


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
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def plain_leave_one_out(support: SupportSet) -> None:
    """Prototypes refitted for each example left out, every example embedded each time."""
    network = load_backbone().network
    for i in range(len(support)):
        kept = torch.arange(len(support)) != i
        with torch.inference_mode():
            network(support.pixels[kept])
            network(support.pixels[i : i + 1])


def wait(method: str) -> str:
    """How long adapting and judging take with a method, in a line."""
    adapt(examples(0), method=method)  # weights and packages are loaded
    fresh = [seconds(partial(adapt, examples(run), method=method)) for run in range(1, RUNS + 1)]
    support = examples(RUNS)
    again = [seconds(partial(adapt, support, method=method)) for _ in range(RUNS)]
    adaptation = adapt(support, method=method)
    analyse(picture(0, 1), adaptation)
    judged = [
        seconds(partial(analyse, picture(run % N_CONDITIONS, 9000 + run), adaptation))
        for run in range(RUNS)
    ]
    return (
        f"{method:13} adapt, nothing remembered {median(fresh):.3f} s, remembered "
        f"{median(again):.3f} s; image with heat map {median(judged):.3f} s"
    )


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    for method in METHODS:
        print(wait(method))  # noqa: T201
    plain = median(seconds(partial(plain_leave_one_out, examples(50))) for _ in range(2))
    ours = median(seconds(partial(adapt, examples(60 + run))) for run in range(3))
    print(f"plain leave-one-out / ours: {plain:.2f} s / {ours:.2f} s = {plain / ours:.1f}")  # noqa: T201


if __name__ == "__main__":
    main()
