import json
from dataclasses import replace
from hashlib import sha256

import numpy as np
from bone_lesions import BONE_LESIONS

from medmeta_core.reporting import CHECKLIST, Report, to_json
from medmeta_core.trust import CrossValidation, cross_validation_from_json, prediction_from_json


def test_predictions_come_back_equal(report: Report):
    record = json.loads(to_json(report))
    for case, written in zip(report.cases, record["cases"], strict=True):
        assert prediction_from_json(written["prediction"]) == case.prediction


def test_leave_one_out_comes_back_with_equal_figures(report: Report):
    written = json.loads(to_json(report))["leave_one_out"]
    read = cross_validation_from_json(written)
    assert np.array_equal(read.probabilities, report.cross_validation.probabilities)
    assert written["confusion"] == report.cross_validation.confusion.tolist()
    assert written["recall"][0]["condition"] == BONE_LESIONS[0]


def test_shares_of_fewer_than_five_classified_are_null_and_their_counts_are_reported(
    report: Report,
):
    few = report.cross_validation.probabilities.copy()
    few[4:] = np.nan
    figures = replace(report.cross_validation, probabilities=few)
    written = json.loads(to_json(replace(report, cross_validation=figures)))["leave_one_out"]
    assert (written["n_judged"], written["n_examples"]) == (4, 26)
    assert written["accuracy"] is written["accuracy_interval"] is None
    assert written["balanced_accuracy"] is None
    whole = json.loads(to_json(report))["leave_one_out"]
    assert whole["accuracy"] == whole["n_correct"] / 26


def test_what_identifies_the_report_is_in_the_record(report: Report):
    record = json.loads(to_json(report))
    assert (record["schema"], record["schema_version"]) == ("medmeta-report", 1)
    assert record["notice"] == "Research and education only — not a medical device"
    assert record["created"] == "2026-03-14T15:09:26+01:00"
    assert record["method"]["backbone_sha256"] == report.backbone_sha256
    assert record["session_sha256"] == report.session_digest
    assert record["audit_head"] == report.audit_head
    assert record["cases"][0]["picture_sha256"] == sha256(report.cases[0].picture_png).hexdigest()
    assert record["cases"][0]["verdict"]["decision"] == "accept"
    assert record["refused_inputs"][0]["rule"] == "dicom-without-pixels"
    assert len(record["checklist"]) == len(CHECKLIST)


def test_where_the_workspace_came_from_and_the_state_of_its_log_are_in_the_record(report: Report):
    assert json.loads(to_json(report))["log_is_unbroken"] is None
    changed = replace(report, opened_from="f" * 64, log_is_unbroken=False)
    record = json.loads(to_json(changed))
    assert record["opened_from_session_sha256"] == "f" * 64
    assert record["log_is_unbroken"] is False


def test_numbers_that_are_not_finite_become_null(report: Report):
    nothing = CrossValidation(("A", "B"), np.array([0, 1]), np.full((2, 2), np.nan), 0, False)
    settings = {"rate": np.float32(0.5), "steps": np.int64(3), "loss": float("inf"), "t": (1, 2)}
    text = to_json(replace(report, cross_validation=nothing, settings=settings))
    record = json.loads(text, parse_constant=lambda name: 1 / 0)
    assert record["method"]["settings"] == {"rate": 0.5, "steps": 3, "loss": None, "t": [1, 2]}
    assert record["leave_one_out"]["accuracy"] is None
    assert record["leave_one_out"]["probabilities"] == [None, None]


def test_a_text_with_half_a_character_can_still_be_written(report: Report):
    assert "caf?" in to_json(replace(report, workspace="caf\udce9")).encode("utf-8").decode("utf-8")
