"""Accuracy over real data sets, trained on and not, as a Markdown table.

Run: python benchmarks/accuracy.py DATA OUT.md [--episodes 600] [--method M] [SET[:GROUP] ...]
DATA holds the sets, each a folder of folders; GROUP is the patients' column of its manifest.csv.
Figures already in OUT.json are kept, so that a run that was stopped goes on.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from medmeta_core.embedding import load_backbone
from medmeta_core.episodes import EpisodeShape
from medmeta_core.evaluation import evaluate, read_labelled_set
from medmeta_core.methods import METHODS

N_WAY, N_QUERY = 5, 15
SHOTS = (1, 5)


def measure(folder: Path, group: str | None, method: str, n_episodes: int) -> list[dict[str, Any]]:
    """The figures of a method on a set, one row for each number of shots."""
    backbone = load_backbone(METHODS[method].backbone)
    labelled = read_labelled_set(folder, side=backbone.card.input_side, group=group)
    rows = []
    for n_shot in SHOTS:
        figures = evaluate(
            METHODS[method].make(backbone),
            labelled,
            EpisodeShape(N_WAY, n_shot, N_QUERY),
            n_episodes=n_episodes,
            calibrated=method == "prototypical",  # a gradient method would pay five refits more
        )
        rows.append(
            {
                "set": folder.name,
                "method": method,
                "trained_on": folder.name in backbone.card.facts.get("trained_on", ()),
                "by_patient": group is not None,
            }
            | asdict(figures)
        )
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The figures as Markdown, a line for each set, method and number of shots."""
    lines = [
        "| set | trained on | method | way | shot | accuracy (95 % interval) | balanced | "
        "calibration error | s / episode |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        accuracy, shape = row["accuracy"], row["shape"]
        lines.append(
            f"| {row['set']}{' (by patient)' if row['by_patient'] else ''} "
            f"| {'yes' if row['trained_on'] else 'no'} | {row['method']} | {shape['n_way']} "
            f"| {shape['n_shot']} | {accuracy['mean']:.3f} ({accuracy['low']:.3f} to "
            f"{accuracy['high']:.3f}) | {row['balanced_accuracy']['mean']:.3f} "
            f"| {row['expected_calibration_error']:.3f} | {row['seconds_per_episode']:.3f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure what is not yet measured, and write the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("data", type=Path)
    asked.add_argument("out", type=Path)
    asked.add_argument("sets", nargs="+")
    asked.add_argument("--episodes", type=int, default=600)
    asked.add_argument("--method", choices=list(METHODS), help="one only; by default all")
    given = asked.parse_args()
    torch.set_num_threads(1)
    kept = given.out.with_suffix(".json")
    rows: list[dict[str, Any]] = json.loads(kept.read_text()) if kept.exists() else []
    for method in [given.method] if given.method else METHODS:
        for name, _, group in (entry.partition(":") for entry in given.sets):
            if not any(row["set"] == name and row["method"] == method for row in rows):
                rows += measure(given.data / name, group or None, method, given.episodes)
                kept.write_text(json.dumps(rows, indent=1))
                given.out.write_text(table(rows))


if __name__ == "__main__":
    main()
