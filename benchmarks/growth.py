"""How cost grows with shots, conditions and the images of a workspace: a chart and a table.

Writes growth.png and growth.csv. Run: python benchmarks/growth.py [FOLDER, by default docs/results]
"""

import csv
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import matplotlib.pyplot as plt
import numpy as np
import torch
from adapting import picture
from pairing import Work, markdown

from medmeta_core.analysis import adapt, analyse
from medmeta_core.episodes import SupportSet
from medmeta_core.imaging import MedicalImage
from medmeta_core.workspace import NewImage, Role, Store

SHOTS, CONDITIONS = (1, 2, 5, 10, 20, 50), (2, 5, 10, 20)
STORED = (100, 300, 1_000, 3_000, 10_000)
RUNS = 3

Measurement = tuple[str, int, str, float]
"""What grows, how much of it there is, which work, seconds."""


def seconds(work: Work, runs: int = RUNS) -> float:
    """Median of the processor's seconds of a call."""
    taken = []
    for _ in range(runs):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return median(taken)


def adapting(axis: str, n: int, support: SupportSet) -> Iterator[Measurement]:
    """Adapting to a support set, at first and again, and classifying an image."""
    yield axis, n, "adapt, nothing remembered", seconds(lambda: adapt(support), runs=1)
    yield axis, n, "adapt, embeddings remembered", seconds(lambda: adapt(support))
    adaptation, image = adapt(support), picture(0, n)
    yield (
        axis,
        n,
        "classify an image",
        seconds(lambda: analyse(image, adaptation, with_heat_map=False)),
    )


def examples(n_conditions: int, n_shots: int) -> SupportSet:
    """Examples that no other task of this run shares."""
    first = 1_000_000 * n_conditions + 10_000 * n_shots
    return SupportSet.from_images(
        {
            f"condition {k}": [picture(k, first + 100 * k + i) for i in range(n_shots)]
            for k in range(n_conditions)
        }
    )


def workspace(folder: Path) -> Iterator[Measurement]:
    """Listing the images of a workspace and adding ten, as it fills."""
    store = Store.open(folder)
    here = store.create_workspace("growth").id
    random, n_before = np.random.default_rng(0), 0
    for n in STORED:
        store.add_images(here, [_small(random) for _ in range(n - n_before)])
        listing = seconds(lambda: store.images(here, role=Role.CASE))
        ten = [_small(random) for _ in range(10)]
        adding = seconds(lambda batch=ten: store.add_images(here, batch), runs=1)  # type: ignore[misc]
        n_before = n + 10
        yield "images in the workspace", n, "list all", listing
        yield "images in the workspace", n, "add ten", adding


def _small(random: np.random.Generator) -> NewImage:
    pixels = random.random((1, 24, 24)).astype(np.float32)
    seed = str(random.integers(2**62))
    return NewImage(MedicalImage(pixels, "OT", seed), f"{seed}.png", Role.CASE)


def chart(measured: list[Measurement], path: Path) -> None:
    """One panel for each quantity, both axes logarithmic, a dotted line that grows linearly."""
    axes = list(dict.fromkeys(axis for axis, *_ in measured))
    figure, panels = plt.subplots(1, len(axes), figsize=(13, 4), constrained_layout=True)
    for panel, axis in zip(panels, axes, strict=True):
        for work in dict.fromkeys(work for on, _, work, _ in measured if on == axis):
            points = [(n, s) for on, n, of, s in measured if on == axis and of == work]
            (line,) = panel.loglog(*zip(*points, strict=True), marker="o", label=work)
            n_last, s_last = points[-1]
            straight = [s_last * n / n_last for n, _ in points]
            panel.loglog([n for n, _ in points], straight, ":", color=line.get_color(), alpha=0.5)
        panel.set(xlabel=axis, ylabel="seconds")
        panel.legend(fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    """Measure, draw and write."""
    torch.set_num_threads(1)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/results")
    adapt(examples(2, 3))  # weights and packages are loaded
    measured: list[Measurement] = []
    for n in SHOTS:
        measured += adapting("shots, of 5 conditions", n, examples(5, n))
    for n in CONDITIONS:
        measured += adapting("conditions, of 6 shots", n, examples(n, 6))
    with tempfile.TemporaryDirectory() as place:
        measured += workspace(Path(place))
    with (folder / "growth.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("what grows", "n", "work", "seconds"), *measured])
    chart(measured, folder / "growth.png")
    rows = [[axis, str(n), work, f"{s:.4f}"] for axis, n, work, s in measured]
    sys.stdout.write(markdown(["what grows", "n", "work", "s"], rows))


if __name__ == "__main__":
    main()
