"""Contests: backbones beside the rival on the same episodes, with one view and each at its best."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

import torch
from intervals import over_sets
from measured_sets import DECIDING
from measuring import Row, is_quick
from rival import RIVALS

from medmeta_core.embedding import DEFAULT_BACKBONE
from medmeta_core.evaluation import Estimate

ONE_VIEW = "shipped-one-view"
"""The networks of the shipped backbone, each with the whole picture alone."""

CHOSEN_AT = 5
"""Shots at which the best head is chosen, of the rival as of ours."""


@dataclass(frozen=True)
class Side:
    """One side of a contest: a backbone under a head."""

    backbone: str
    method: str


@dataclass(frozen=True)
class Contest:
    """Who is measured against whom.

    Attributes:
        title: of the table.
        ours, rivals: names of backbones; the best of each takes part, with its best head.
    """

    title: str
    ours: tuple[str, ...]
    rivals: tuple[str, ...]


CONTESTS = (
    Contest("Each at its best", (DEFAULT_BACKBONE,), (*RIVALS[1], *RIVALS[3])),
    Contest("The shipped backbone, and the rival with one view", (DEFAULT_BACKBONE,), RIVALS[1]),
    Contest("One view each", (ONE_VIEW,), RIVALS[1]),
)


def contests(rows: list[Row], unseen: set[str], times: dict[str, dict[int, float]]) -> list[Row]:
    """What the tables of contests are made of, for those whose backbones were measured.

    Args:
        unseen: names of the sets that ours was not trained on.
        times: milliseconds a picture, by backbone and batch.
    """
    found = []
    for contest in CONTESTS:
        ours = _best(rows, contest.ours, unseen)
        rival = _best(rows, contest.rivals, unseen)
        if ours and rival:
            pairs = list(_pairs(rows, ours, rival))
            found.append(
                {
                    "title": contest.title,
                    "ours": asdict(ours),
                    "rival": asdict(rival),
                    "sets": pairs,
                    "means": list(_means(pairs, unseen)),
                    "times": _times(times, ours, rival),
                }
            )
    return found


def _best(rows: list[Row], backbones: tuple[str, ...], unseen: set[str]) -> Side | None:
    """The backbone and head with the best mean over the sets never trained on."""
    by_side: dict[Side, list[float]] = {}
    for row in rows:
        takes_part = row["backbone"] in backbones and is_quick(row["method"])
        if takes_part and row["shot"] == CHOSEN_AT and row["set"] in unseen:
            side = Side(row["backbone"], row["method"])
            by_side.setdefault(side, []).append(row["balanced"]["mean"])
    most = max(map(len, by_side.values()), default=0)
    whole = {side: fmean(values) for side, values in by_side.items() if len(values) == most}
    return max(whole, key=whole.__getitem__, default=None)


def _pairs(rows: list[Row], ours: Side, rival: Side) -> Iterator[Row]:
    """Both on every set and number of shots, and the difference episode by episode."""
    rivals = {(r["set"], r["shot"]): r for r in rows if Side(r["backbone"], r["method"]) == rival}
    for row in rows:
        other = rivals.get((row["set"], row["shot"]))
        is_ours = Side(row["backbone"], row["method"]) == ours
        if is_ours and other and other["n_episodes"] == row["n_episodes"]:
            pair = torch.tensor([row["episodes"], other["episodes"]], dtype=torch.float64)
            yield {
                "set": row["set"],
                "shot": row["shot"],
                "ours": row["balanced"],
                "rival": other["balanced"],
                "difference": asdict(Estimate.of((pair[0] - pair[1]) / 10_000, least=-1.0)),
            }


def _means(pairs: list[Row], unseen: set[str]) -> Iterator[Row]:
    """Means over sets never trained on, with intervals over sets.

    Over those by which weights, members and views were chosen, and over those that came later.
    """
    for shot in sorted({pair["shot"] for pair in pairs}):
        at = [pair for pair in pairs if pair["shot"] == shot and pair["set"] in unseen]
        deciding = [pair for pair in at if pair["set"] in DECIDING]
        later = [pair for pair in at if pair["set"] not in DECIDING]
        for among, chosen in (("deciding", deciding), ("later", later)):
            if chosen:
                yield {"shot": shot, "among": among, "n_sets": len(chosen)} | {
                    name: over_sets([pair[name]["mean"] for pair in chosen], least=least)
                    for name, least in (("ours", 0.0), ("rival", 0.0), ("difference", -1.0))
                }


def _times(times: dict[str, dict[int, float]], ours: Side, rival: Side) -> list[dict[str, Any]]:
    return [
        {"batch": batch, "ours": round(spent, 2), "rival": round(times[rival.backbone][batch], 2)}
        for batch, spent in times.get(ours.backbone, {}).items()
        if batch in times.get(rival.backbone, {})
    ]
