"""How many answers name a condition, how many of these are right, and how many are foreign.

Tasks of 2 to 5 conditions and 1 to 10 examples of each are drawn from every set; queries are of
other patients, foreign images of the set's other conditions. "Before" is
the fixed 50 % under a plain prior; the percentages are the promises of `AbstentionRule`. Writes
naming.md.

Run: python benchmarks/naming.py DATA [--cache FOLDER] [--tasks 2] [--fit] [--backbone NAME]
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import log
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from measured_sets import measured_sets
from naming_tasks import FOREIGN, SHOTS, WAYS, MethodScores, Task, tasks_of
from pairing import markdown
from scipy.optimize import minimize
from torch import Tensor

from medmeta_core.embedding import DEFAULT_BACKBONE, load_backbone
from medmeta_core.episodes import EmbeddedSupport
from medmeta_core.trust import (
    AbstentionRule,
    Prediction,
    fit_temperature,
    jackknife,
    p_values,
    share_right,
    temperature_prior,
    under_rule,
)
from medmeta_core.trust.calibration import PRIOR_FILE
from medmeta_core.trust.leave_one_out import figures

METHODS = ("prototypical", "ridge", "shrinkage", "automatic")
FITTED = ("prototypical", "simpleshot", "matching", "ridge", "shrinkage")
LEVELS = (0.7, 0.8, 0.9)
VALIDATE_ONLY = {
    "actualmed_covid_cxr",
    "bacteria_gram_dibas",
    "bone_xray_cancer",
    "brain_tumor_mri",
    "cervix_colposcopy_type",
    "dental_tooth_crops",
    "dermnet_growths",
    "dermnet_infection",
    "dermnet_inflammatory_a",
    "dermnet_inflammatory_b",
    "ecg_beat_plots",
    "fundus_eye_disease",
    "ham10000: df, vasc",
    "head_ct_hemorrhage",
    "herlev_pap_smear",
    "oct_diabetic_mexico",
    "odir_fundus_mini",
    "oral_disease_photos",
    "wbc_zheng",
    "wounds_medetec",
}
"""Sets on which nothing was fitted."""


@dataclass(frozen=True)
class Answer:
    """An answer of a rule: of which set and task, whether it names, and whether rightly."""

    where: str
    n_ways: int
    n_shots: int
    rule: str
    is_foreign: bool
    is_named: bool
    is_right: bool


def answers(where: str, task: Task, name: str) -> Iterator[Answer]:
    """What the rules make of all images of a task."""
    scores = task.scores_by_method[name]
    predictions = list(_predictions(task, scores))
    for k, prediction in enumerate(predictions):
        label, right = int(task.query_labels[k]), int(scores.scores[k].argmax())
        shared = (where, task.n_ways, task.n_shots)
        kind = (label == FOREIGN, label == right)
        yield Answer(*shared, "before", kind[0], _named_before(task, scores, k), kind[1])
        for level in LEVELS:
            is_named = under_rule(prediction, AbstentionRule(min_right=level)).abstention is None
            yield Answer(*shared, f"{level:.0%}", kind[0], is_named, kind[1])


def _predictions(task: Task, scores: MethodScores) -> Iterator[Prediction]:
    names = tuple(f"condition {k}" for k in range(task.n_ways))
    support = EmbeddedSupport(torch.zeros(len(task.labels), 1), task.labels, names)
    prior = temperature_prior(scores.method, DEFAULT_BACKBONE, support.counts)
    temperature = fit_temperature(scores.left_out, task.labels, prior)
    left_out = figures(support, scores.left_out / temperature, n_folds=len(scores.strata))
    shares = _softmax(scores.scores / temperature)
    refits = _softmax(scores.refits / temperature)
    for k, probabilities in enumerate(shares):
        yield Prediction(
            names,
            tuple(probabilities.tolist()),
            (),
            None,
            0.9,
            task.typicality[k],
            None,
            (),
            share_right=share_right(probabilities, left_out),
            spread=jackknife(refits[:, k], scores.strata),
            p_values=p_values(probabilities, left_out),
            n_evaluated=left_out.n_evaluated,
        )


def _named_before(task: Task, scores: MethodScores, k: int) -> bool:
    typicality = task.typicality[k]
    temperature = fit_temperature(scores.left_out, task.labels)
    is_typical = typicality is None or typicality >= AbstentionRule.min_typicality
    return is_typical and float(_softmax(scores.scores[k] / temperature).max()) >= 0.5


def _softmax(scores: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return scores.double().softmax(-1).numpy()


def table(task_answers: Sequence[Answer]) -> str:
    """A line for each number of examples, a column for each number of conditions."""
    cells = defaultdict[tuple[int, int, str], list[Answer]](list)
    for one in task_answers:
        cells[one.n_ways, one.n_shots, one.rule].append(one)
    rules = list(dict.fromkeys(one.rule for one in task_answers))
    rows = [
        [str(n), rule, *(_cell(cells[k, n, rule]) for k in WAYS)]
        for n, rule in product(SHOTS, rules)
    ]
    return markdown(["examples", "rule", *(f"{k} conditions" for k in WAYS)], rows)


def _cell(rows: Sequence[Answer]) -> str:
    """Share named, share right of these, share of foreign images named; sets weigh the same."""
    if not rows:
        return ""
    named, right, foreign = list[float](), list[float](), list[float]()
    for where in dict.fromkeys(one.where for one in rows):
        in_task = [one for one in rows if one.where == where and not one.is_foreign]
        others = [one.is_named for one in rows if one.where == where and one.is_foreign]
        named.append(fmean(one.is_named for one in in_task))
        right.append(fmean(one.is_named and one.is_right for one in in_task))
        foreign += [fmean(others)] if others else []
    shares = [fmean(named), sum(right) / max(sum(named), 1e-12), fmean(foreign or [0])]
    if not sum(named):
        return f"0 / – / {100 * shares[2]:.0f}"
    return " / ".join(f"{100 * share:.0f}" for share in shares)


def fit_prior(tasks: Sequence[tuple[str, Task]]) -> dict[str, list[float]]:
    """By method, the centre of the log temperature as a function of conditions and examples.

    Those that make the queries of the training sets most probable where the centre alone is the
    temperature; sets weigh the same.
    """
    grid = torch.linspace(-3, 3, 121).double()
    weight = {where: 1 / sum(w == where for w, _ in tasks) for where, _ in tasks}
    centres = {}
    for name in FITTED:
        curves, terms, weights = [], [], []
        for where, task in tasks:
            is_known = task.query_labels != FOREIGN
            scores = (
                task.scores_by_method[name].scores[is_known][None].double()
                / grid.exp()[:, None, None]
            )
            log_probabilities = scores.log_softmax(-1)[
                :, torch.arange(int(is_known.sum())), task.query_labels[is_known]
            ]
            curves.append(log_probabilities.mean(1).numpy())
            ways, shots = log(task.n_ways / 3), log(task.n_shots / 3)
            terms.append((1, ways, shots, ways * shots))
            weights.append(weight[where])
        centres[name] = _best(np.array(curves), np.array(terms), np.array(weights))
    return centres


def _best(
    curves: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    terms: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    weights: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> list[float]:
    def loss(factors: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
        place = (np.clip(terms @ factors, -2.95, 2.95) + 3) / 0.05
        low, rows = place.astype(int), np.arange(len(place))
        share = place - low
        log_probabilities = curves[rows, low] * (1 - share) + curves[rows, low + 1] * share
        return -float((weights * log_probabilities).sum() / weights.sum())

    optimum = minimize(loss, np.zeros(4), method="Nelder-Mead", options={"maxiter": 800})
    return [round(float(factor), 3) for factor in optimum.x]


def main() -> None:
    """Measure and write, or fit the prior."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "medmeta-bench")
    parser.add_argument("--tasks", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--fit", action="store_true", help="fit temperature_prior.json anew")
    parser.add_argument("--backbone", default=DEFAULT_BACKBONE, help="that the prior is fitted for")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    backbone, sets = load_backbone(chosen.backbone), measured_sets(chosen.data)
    methods = FITTED if chosen.fit else METHODS
    tasks = [
        (one.name, task)
        for one in sets
        if not (chosen.fit and one.name in VALIDATE_ONLY)
        for task in tasks_of(one, backbone, chosen.cache, methods, chosen.tasks)
    ]
    if chosen.fit:
        content = json.loads(PRIOR_FILE.read_text(encoding="utf-8"))
        content["centres"][backbone.name] = fit_prior(tasks)
        PRIOR_FILE.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        return
    parts = []
    for title, is_unseen in (("Sets on which nothing was fitted", True), ("Training sets", False)):
        chosen_tasks = [(w, task) for w, task in tasks if (w in VALIDATE_ONLY) == is_unseen]
        for name in METHODS:
            rows = [a for where, task in chosen_tasks for a in answers(where, task, name)]
            parts.append(
                f"### {title} ({len({w for w, _ in chosen_tasks})}): {name}\n\n{table(rows)}"
            )
    intro = Path(__file__).with_name("naming-intro.md").read_text(encoding="utf-8")
    (chosen.out / "naming.md").write_text(intro + "\n" + "\n".join(parts), encoding="utf-8")
    sys.stdout.write(f"{len(tasks)} tasks\n")


if __name__ == "__main__":
    main()
