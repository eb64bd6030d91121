"""From rows of single sets to one document: differences to the rival and means over sets."""

import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from contests import contests
from intervals import over_sets
from measured_sets import MeasuredSet
from measuring import N_CALIBRATED, N_QUERY, Row
from rival import RIVAL

from medmeta_core.datasets import LabelledSet
from medmeta_core.embedding import DEFAULT_BACKBONE, ModelCard
from medmeta_core.evaluation import Estimate, seen_conditions


def described(one: MeasuredSet, labelled: LabelledSet, card: ModelCard) -> Row:
    """What a set is, and which of its conditions the shipped backbone has seen."""
    trained_on = seen_conditions(card, one.folder.name, labelled.conditions)
    return {
        "name": one.name,
        "n_images": len(labelled.labels),
        "n_conditions": len(labelled.conditions),
        "n_patients": len(set(labelled.groups)) if any(labelled.groups) else None,
        "seen": trained_on,
        "unseen": [name for name in labelled.conditions if name not in trained_on],
    }


def document(
    root: Path, sets: list[Row], rows: list[Row], times: dict[str, dict[int, float]]
) -> dict[str, Any]:
    """All that the tables are made of; numbers to four digits."""
    unseen = {one["name"] for one in sets if not one["seen"]}
    with_rival = [_beside_rival(row, rows) for row in rows]
    return {
        "commit": _commit(root),
        "date": datetime.now(UTC).date().isoformat(),
        "n_query": N_QUERY,
        "n_calibrated": N_CALIBRATED,
        "milliseconds_a_picture": [
            {"backbone": name, "batch": batch, "ms": round(spent, 2)}
            for name, by_batch in times.items()
            for batch, spent in by_batch.items()
        ],
        "sets": sets,
        "contests": contests(rows, unseen, times),
        "means": means(with_rival, unseen),
        "rows": [_short(row) for row in with_rival],
    }


def means(rows: list[Row], unseen: set[str]) -> list[Row]:
    """Balanced accuracy, mean over the sets never trained on, with the interval over sets.

    Only sets on which every backbone of the method was measured, so that the means compare.
    """
    averages = []
    for shot, method in dict.fromkeys((row["shot"], row["method"]) for row in rows):
        of_method = [
            r for r in rows if (r["shot"], r["method"]) == (shot, method) and r["set"] in unseen
        ]
        for backbone in dict.fromkeys(row["backbone"] for row in of_method):
            of_backbone = [row for row in of_method if row["backbone"] == backbone]
            mean = {
                "shot": shot,
                "method": method,
                "backbone": backbone,
                "n_sets": len(of_backbone),
            }
            mean |= over_sets([row["balanced"]["mean"] for row in of_backbone], least=0.0)
            differences = [r["to_rival"]["mean"] for r in of_backbone if "to_rival" in r]
            if differences:
                mean["to_rival"] = over_sets(differences, least=-1.0)
            averages.append(mean)
    return averages


def _beside_rival(row: Row, rows: list[Row]) -> Row:
    """The row of the shipped backbone with its difference to the rival, episode by episode."""
    keys = ("set", "shot", "method", "n_episodes")
    values = [row[key] for key in keys]
    rivals = [r for r in rows if r["backbone"] == RIVAL and [r[k] for k in keys] == values]
    if row["backbone"] != DEFAULT_BACKBONE or not rivals:
        return row
    pairs = torch.tensor([row["episodes"], rivals[0]["episodes"]], dtype=torch.float64)
    difference = Estimate.of((pairs[0] - pairs[1]) / 10_000, least=-1.0)
    return row | {"to_rival": asdict(difference)}


def _short(row: Row) -> Row:
    return {key: _rounded(value) for key, value in row.items() if key != "episodes"}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def _commit(root: Path) -> str:
    """The commit measured at; told where files of the product differ from it."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(root), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    changed = git("status", "--porcelain", "--", "medmeta_core", "assets", "benchmarks")
    return git("rev-parse", "--short=10", "HEAD") + (" with changes" if changed else "")
