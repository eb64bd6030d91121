"""One row of results: a method on a backbone on a set with a number of shots."""

import hashlib
import inspect
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from medmeta_core.datasets import LabelledSet
from medmeta_core.embedding import Backbone
from medmeta_core.episodes import EpisodeIndices, EpisodeSampler, EpisodeShape
from medmeta_core.evaluation import (
    EmbeddedSet,
    Estimate,
    expected_calibration_error,
    over_patients,
    patients_of,
    predict_episodes,
)
from medmeta_core.methods import METHODS, FewShotMethod
from medmeta_core.selection import Automatic
from medmeta_core.selection.automatic import CANDIDATES, quick_methods
from medmeta_core.trust.leave_one_out import MAX_FOLDS

N_WAY, N_QUERY = 5, 15
N_CALIBRATED = 60
"""Episodes in which a temperature is fitted as at the dashboard, for log loss and calibration."""

RESTS_ON = ("medmeta_core.methods.", "medmeta_core.trust.")

Row = dict[str, Any]


def episodes_of(
    labelled: LabelledSet, n_shot: int, n_episodes: int, seed: int
) -> tuple[list[EpisodeIndices], EpisodeShape]:
    """The episodes that every method and backbone is given; the first ones of a longer list.

    Raises:
        SupportSetError: the set cannot give such episodes.
    """
    sampler = EpisodeSampler(labelled.labels, labelled.groups, EpisodeShape(N_WAY, n_shot, N_QUERY))
    generator = torch.Generator().manual_seed(seed)
    return [sampler.draw(generator) for _ in range(n_episodes)], sampler.shape


def measured(
    method: FewShotMethod,
    labelled: LabelledSet | EmbeddedSet,
    episodes: Sequence[EpisodeIndices],
    *,
    calibrates: bool,
) -> Row:
    """The figures of a method, with its balanced accuracy in each episode (1/10000).

    Args:
        calibrates: whether log loss and calibration are measured too, under a temperature; it
            changes no answer.
    """
    predictions = predict_episodes(method, labelled, episodes, calibrated=False)
    even, patients = (
        predictions.even_shares(),
        patients_of(
            predictions, labelled.labelled if isinstance(labelled, EmbeddedSet) else labelled
        ),
    )
    balanced = predictions.by_episode(predictions.correct * even)
    figures = {
        "accuracy": asdict(
            Estimate.of(predictions.by_episode(predictions.correct * predictions.shares()))
        ),
        "balanced": asdict(Estimate.of(balanced)),
        "over_patients": asdict(over_patients(predictions.correct, even, patients)),
        "ms_per_episode": 1000 * predictions.seconds / predictions.n_episodes,
        "episodes": (balanced * 10_000).round().int().tolist(),
    }
    if not calibrates:
        return figures
    tempered = predict_episodes(method, labelled, episodes[:N_CALIBRATED])
    losses = tempered.by_episode(tempered.log_losses * tempered.shares())
    confidence, correct = tempered.probabilities.max(1).values, tempered.correct.bool()
    error = expected_calibration_error(confidence, correct)
    return figures | {"log_loss": float(losses.mean()), "calibration_error": error}


def is_quick(method: str) -> bool:
    """Whether it is a closed form, so that hundreds of episodes cost seconds."""
    return method in CANDIDATES


def is_costly(method: str) -> bool:
    """Whether each fit moves a whole network, so that an episode costs seconds."""
    return method in METHODS and METHODS[method].max_folds < MAX_FOLDS


def identity(method: FewShotMethod, backbone: Backbone, n_episodes: int, seed: int) -> Row:
    """What figures hang on: equal identities, equal figures."""
    return {
        "weights": backbone.card.sha256[:16],
        "code": code_digest(method, backbone),
        "n_episodes": n_episodes,
        "seed": seed,
    }


def code_digest(method: FewShotMethod, backbone: Backbone) -> str:
    """Digest of a method's module and of those of the core that it rests on."""
    among = quick_methods(backbone).values() if isinstance(method, Automatic) else ()
    modules = set[str]()
    for one in (method, *among):
        _rests_on(sys.modules[type(one).__module__], modules)
    files = [Path(inspect.getfile(sys.modules[module])) for module in sorted(modules)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _rests_on(module: ModuleType, visited: set[str]) -> set[str]:
    visited.add(module.__name__)
    for value in list(vars(module).values()):
        name = getattr(value, "__module__", None)
        if isinstance(name, str) and name.startswith(RESTS_ON) and name not in visited:
            _rests_on(sys.modules[name], visited)
    return visited
