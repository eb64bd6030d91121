"""Figures and answers survive the store, are read as earlier versions wrote them, and stay known
to the check of session files."""

import json
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from medmeta_core.casework import (
    AdaptationFigures,
    HeatMap,
    LeftOutExamples,
    StoredAnswer,
    figures_as_json,
    figures_of,
)
from medmeta_core.explanation import SimilarCase
from medmeta_core.selection import Candidate, Choice
from medmeta_core.trust import Abstention, CrossValidation, Prediction
from medmeta_core.trust.intervals import Spread
from medmeta_core.workspace import AdaptationRecord, ResultRecord, session_models
from medmeta_core.workspace.session_models import is_of_form

NAN = float("nan")

CHOICE = Choice(
    "ridge",
    "prototypical",
    (
        Candidate("prototypical", 0.5, 0.7, 0.0, 0.0, 0.1, "default"),
        Candidate("ridge", 1.0, 0.2, 0.5, 0.1, 0.2, "better"),
        Candidate("matching", NAN, NAN, NAN, NAN, 0.1, "worse"),
    ),
)

FIGURES = AdaptationFigures(
    CrossValidation(
        ("flu", "cold"),
        np.array([0, 0, 1]),
        np.array([[0.75, 0.25], [0.5, 0.5], [NAN, NAN]]),
        n_folds=2,
        by_patient=True,
        n_groups=2,
        n_with_patient=2,
    ),
    patients=("P1", "P2", None),
    backbone_sha256="a" * 64,
    choice=CHOICE,
)

ANSWER = StoredAnswer(
    Prediction(
        conditions=("flu", "cold"),
        probabilities=(0.75, 0.25),
        intervals=((0.5, 0.9), (0.1, 0.5)),
        conformal_set=("flu",),
        coverage=0.9,
        typicality=0.5,
        abstention=Abstention.NOT_SURE,
        similar_cases=(SimilarCase(0, "flu", 0.9),),
        share_right=0.8,
        bound_level=0.975,
        spread=Spread((0.3, 0.2), 4),
        p_values=(0.4, 0.1),
        n_evaluated=2,
    ),
    HeatMap(b"\x89PNG", "flu", 0.25),
    seconds=0.5,
    left_out=LeftOutExamples("same-patient", (0, 1)),
)

OLD_FIGURES = """{
  "cross_validation": {
    "conditions": ["flu", "cold"], "labels": [0, 0, 1],
    "probabilities": [[0.75, 0.25], [0.5, 0.5], null], "n_folds": 2, "by_patient": true
  },
  "patients": ["P1", "P2", null],
  "backbone_sha256": "%s"
}""" % ("a" * 64)
"""As the first version wrote it: no counts of patients, no choice."""

OLD_ANSWER = """{
  "conditions": ["flu", "cold"], "probabilities": [0.75, 0.25],
  "intervals": [[0.5, 0.9], [0.1, 0.5]], "conformal_set": null, "coverage": 0.9,
  "typicality": 1, "abstention": "none-of-these",
  "similar_cases": [{"index": 0, "condition": "flu", "similarity": 0.9}],
  "heat_map": {"condition": "flu", "peak": 0.25}
}"""
"""As the first version wrote it: 1 for a typicality that cannot be classified, no spread."""


def record(content: dict[str, Any]) -> AdaptationRecord:
    return AdaptationRecord("ridge", "x", {}, ("1", "2", "3"), ("flu", "flu", "cold"), content, 1.0)


def through_json(content: object) -> Any:
    return json.loads(json.dumps(content, allow_nan=False))


def assert_equal(actual: CrossValidation, expected: CrossValidation) -> None:
    for one in fields(expected):
        np.testing.assert_array_equal(getattr(actual, one.name), getattr(expected, one.name))


def test_figures_survive_the_store() -> None:
    content = through_json(figures_as_json(FIGURES))
    figures = figures_of(record(content))
    assert_equal(figures.cross_validation, FIGURES.cross_validation)
    assert (figures.patients, figures.backbone_sha256) == (FIGURES.patients, "a" * 64)
    assert figures.choice is not None
    assert repr(figures.choice) == repr(CHOICE)  # NaN differs from itself
    without_choice = replace(FIGURES, choice=None)
    assert figures_of(record(through_json(figures_as_json(without_choice)))).choice is None


def test_figures_of_the_first_version_are_read() -> None:
    figures = figures_of(record(json.loads(OLD_FIGURES)))
    of_today = replace(FIGURES.cross_validation, n_groups=None, n_with_patient=None)
    assert_equal(figures.cross_validation, of_today)
    assert (figures.patients, figures.choice) == (("P1", "P2", None), None)


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER,
        replace(ANSWER, heat_map=None),
        replace(ANSWER, left_out=None),
        replace(ANSWER, prediction=replace(ANSWER.prediction, spread=None, conformal_set=None)),
    ],
)
def test_an_answer_survives_the_store(answer: StoredAnswer) -> None:
    result = answer.as_result(image_id="1", adaptation_id="2")
    assert StoredAnswer.of(result) == answer
    assert StoredAnswer.of(replace(result, prediction=through_json(result.prediction))) == answer


def test_an_answer_of_the_first_version_is_read() -> None:
    answer = StoredAnswer.of(ResultRecord("1", "2", json.loads(OLD_ANSWER), b"\x89PNG", 0.5))
    assert answer.heat_map == ANSWER.heat_map
    assert answer.left_out is None
    assert answer.prediction.typicality is None
    assert answer.prediction.abstention is Abstention.NONE_OF_THESE
    assert answer.prediction.spread is answer.prediction.share_right is None


def test_without_its_picture_a_heat_map_is_none() -> None:
    result = ANSWER.as_result(image_id="1", adaptation_id="2")
    assert StoredAnswer.of(replace(result, heat_map=None)).heat_map is None


def test_session_files_know_each_field_that_is_written_and_no_other() -> None:
    figures = through_json(figures_as_json(FIGURES))
    answer = through_json(ANSWER.as_result(image_id="1", adaptation_id="2").prediction)
    for column, content, form in (
        (("adaptations", "figures"), figures, session_models.Figures),
        (("results", "prediction"), answer, session_models.Prediction),
    ):
        assert is_of_form(*column, content)
        assert set(content) == set(form.model_fields)
    for column, content in (("figures", OLD_FIGURES), ("prediction", OLD_ANSWER)):
        table = "adaptations" if column == "figures" else "results"
        assert is_of_form(table, column, json.loads(content))
