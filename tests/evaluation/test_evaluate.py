"""Evaluation over episodes: from a folder of pictures to figures."""

from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from pictures import write_folder

from medmeta_core.datasets import LabelledSet, read_labelled_set
from medmeta_core.episodes import EpisodeShape
from medmeta_core.errors import MedMetaError, SupportSetError
from medmeta_core.evaluation import Estimate, evaluate, expected_calibration_error
from medmeta_core.evaluation.predictions import EpisodePredictions
from medmeta_core.methods import OnBackbone, Prototypical


@pytest.fixture()
def labelled() -> LabelledSet:
    counts = (12, 12, 12)
    pixels = torch.cat([tiny.stripes(n, 3 + 4 * k, seed=k) for k, n in enumerate(counts)])
    labels = torch.repeat_interleave(torch.arange(3), 12)
    return LabelledSet((pixels * 255).to(torch.uint8), labels, ("a", "b", "c"), (None,) * 36, ())


def test_a_folder_of_folders_is_read_with_its_conditions(tmp_path: Path) -> None:
    labelled_set = read_labelled_set(write_folder(tmp_path, {"flu": 3, "cold": 2}), side=32)
    assert labelled_set.conditions == ("cold", "flu")
    assert labelled_set.labels.tolist().count(1) == 3
    assert labelled_set.pixels.shape == (5, 3, 32, 32)


def test_patients_come_from_the_column_requested(tmp_path: Path) -> None:
    write_folder(tmp_path, {"flu": 2, "cold": 2})
    rows = [
        "file,cls,patient",
        "flu/0.png,flu,P1",
        "flu/1.png,flu,",
        "cold/0.png,cold,P3",
        "cold/1.png,cold,P2",
    ]
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    labelled_set = read_labelled_set(tmp_path, side=32, group="patient")
    assert sorted(str(g) for g in labelled_set.groups) == ["None", "P1", "P2", "P3"]


def test_an_id_under_every_condition_is_reported_and_names_no_patient(tmp_path: Path) -> None:
    write_folder(tmp_path, {"flu": 2, "cold": 2})
    rows = ["file,cls,patient", "flu/0.png,flu,X", "flu/1.png,flu,P1", "cold/0.png,cold,X"]
    (tmp_path / "manifest.csv").write_text("\n".join([*rows, "cold/1.png,cold,P2"]))
    labelled_set = read_labelled_set(tmp_path, side=32, group="patient")
    assert sorted(str(g) for g in labelled_set.groups) == ["None", "None", "P1", "P2"]
    assert labelled_set.n_without_patient == 2


@pytest.mark.parametrize("manifest", [None, "file,cls\nflu/0.png,flu"])
def test_a_missing_patient_column_is_reported(tmp_path: Path, manifest: str | None) -> None:
    write_folder(tmp_path, {"flu": 1, "cold": 1})
    if manifest:
        (tmp_path / "manifest.csv").write_text(manifest)
    with pytest.raises(MedMetaError, match="manifest"):
        read_labelled_set(tmp_path, side=32, group="patient")


def test_one_condition_is_not_a_task(tmp_path: Path) -> None:
    with pytest.raises(SupportSetError, match="two or more"):
        read_labelled_set(write_folder(tmp_path, {"flu": 3}), side=32)


def test_a_file_that_is_no_image_is_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    write_folder(tmp_path, {"flu": 2, "cold": 2})
    (tmp_path / "flu" / "broken.png").write_bytes(b"no picture")
    labelled_set = read_labelled_set(tmp_path, side=32)
    assert len(labelled_set.refusals) == 1
    assert len(labelled_set.labels) == 4


def test_the_same_seed_gives_the_same_figures(labelled: LabelledSet) -> None:
    method = OnBackbone(Prototypical(tiny.backbone()))
    shape = EpisodeShape(3, 2, 5)
    first, second = (evaluate(method, labelled, shape, n_episodes=8, seed=4) for _ in range(2))
    assert first.accuracy == second.accuracy
    assert first.expected_calibration_error == second.expected_calibration_error
    assert 1 / 3 < first.accuracy.mean <= 1


def test_the_accuracy_of_chance_is_chance(labelled: LabelledSet) -> None:
    shuffled = labelled.labels[torch.randperm(36, generator=torch.Generator().manual_seed(0))]
    noise = LabelledSet(labelled.pixels, shuffled, labelled.conditions, labelled.groups, ())
    evaluation = evaluate(
        OnBackbone(Prototypical(tiny.backbone())), noise, EpisodeShape(3, 1, 8), n_episodes=60
    )
    assert evaluation.accuracy.mean == pytest.approx(1 / 3, abs=0.08)


def test_the_interval_by_hand() -> None:
    estimate = Estimate.of([0.4, 0.6, 0.5, 0.5])
    half = 1.959964 * float(np.std([0.4, 0.6, 0.5, 0.5], ddof=1)) / 2
    assert (estimate.low, estimate.high) == pytest.approx((0.5 - half, 0.5 + half))


def test_balanced_accuracy_counts_conditions_evenly() -> None:
    predictions = EpisodePredictions(
        episodes=torch.zeros(4, dtype=torch.long),
        images=torch.arange(4),
        labels=torch.tensor([0, 0, 0, 1]),
        probabilities=torch.tensor([[0.9, 0.1]]).expand(4, 2),
        conditions=torch.tensor([[0, 1]]),
        seconds=0.0,
    )
    assert predictions.by_episode(predictions.correct * predictions.even_shares()) == pytest.approx(
        [0.5]
    )
    assert predictions.by_episode(predictions.correct * predictions.shares()) == pytest.approx(
        [0.75]
    )


def test_the_calibration_error_by_hand() -> None:
    confidence = torch.tensor([0.95, 0.95, 0.55, 0.55])
    correct = torch.tensor([True, True, True, False])
    # Bin of 0.95: gap 0.05 for 2 of 4; bin of 0.55: gap 0.05 for 2 of 4.
    assert expected_calibration_error(confidence, correct) == pytest.approx(0.05)
