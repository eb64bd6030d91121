"""Classifying: from the cases in the store to results in the store."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.engine import store
from dashboard.i18n import t
from dashboard.tasks.adapting import (
    adaptation_of,
    cross_validation_of,
    is_in_memory,
    pixels_of,
)
from medmeta_core.analysis import analyse_pixels
from medmeta_core.explanation import Explanation, heat_map_png
from medmeta_core.jobs import Job, Plan, find_job, start
from medmeta_core.progress import Progress, check_stopped
from medmeta_core.trust import (
    CrossValidation,
    Prediction,
    complete,
    prediction_from_json,
    prediction_to_json,
)
from medmeta_core.workspace import AdaptationRecord, ResultRecord, Role, StoredImage

REMAKING = 0.5
"""The share of the bar for an adaptation that is made again before the cases are judged."""

HEAT_MAP = "heat_map"
"""Where in a result's prediction the heat map's condition and peak stand."""


@dataclass(frozen=True)
class HeatMap:
    """A heat map as stored: an 8-bit grey PNG, whom it speaks for, its unscaled peak."""

    png: bytes
    condition: str
    peak: float


@dataclass(frozen=True)
class Answer:
    """What an adaptation says of a case."""

    prediction: Prediction
    heat_map: HeatMap | None
    seconds: float


def cases_of(workspace_id: str) -> list[StoredImage]:
    """The cases of a workspace, in the order of entry."""
    return store().images(workspace_id, role=Role.CASE)


def answers_of(record: AdaptationRecord, workspace_id: str) -> dict[str, Answer]:
    """What the adaptation said so far, by id of the case."""
    results = store().results(workspace_id, record.id)
    left_out = cross_validation_of(record)
    return {result.image_id: _answer(result, left_out) for result in results}


def start_classifying(
    workspace_id: str, record: AdaptationRecord, cases: Sequence[StoredImage]
) -> Job:
    """A job that judges the cases and saves each result as soon as it is there."""

    def work(progress: Progress) -> int:
        begin = 0.0 if is_in_memory(record) else REMAKING
        adaptation = adaptation_of(record, lambda done, label: progress(begin * done, label))
        for done, case in enumerate(cases):
            fraction = begin + (1 - begin) * done / len(cases)
            progress(fraction, f"{done + 1} / {len(cases)}")
            analysis = analyse_pixels(pixels_of(case, adaptation), adaptation)
            check_stopped()
            store().save_result(
                workspace_id,
                ResultRecord(
                    image_id=case.id,
                    adaptation_id=record.id,
                    prediction={
                        **prediction_to_json(analysis.prediction),
                        HEAT_MAP: _told(analysis.explanation),
                    },
                    heat_map=_png(analysis.explanation),
                    seconds=analysis.seconds,
                ),
            )
        return len(cases)

    again = {"kind": "classify", "adaptation_id": record.id}
    return start(t("classify.job"), work, key=_job_key(record), plan=Plan(again=again))


def classifying_job(record: AdaptationRecord) -> Job | None:
    """The last classifying with an adaptation, running or ended."""
    return find_job(_job_key(record))


def heat_map_job(record: AdaptationRecord, case: StoredImage, condition: str) -> Job:
    """The job whose result is the `HeatMap` of a case for any condition."""
    key = _heat_map_key(record, case, condition)
    return find_job(key) or start_heat_map(record, case, condition)


def start_heat_map(record: AdaptationRecord, case: StoredImage, condition: str) -> Job:
    """The same job, begun anew."""

    def work(progress: Progress) -> HeatMap | None:
        adaptation = adaptation_of(record, progress)
        pixels = pixels_of(case, adaptation)
        return _heat_map(analyse_pixels(pixels, adaptation, condition=condition).explanation)

    return start(t("classify.heat_map_job"), work, key=_heat_map_key(record, case, condition))


def _answer(result: ResultRecord, left_out: CrossValidation) -> Answer:
    told = result.prediction[HEAT_MAP]
    heat_map = None
    if told is not None and result.heat_map is not None:
        heat_map = HeatMap(result.heat_map, told["condition"], told["peak"])
    prediction = complete(prediction_from_json(dict(result.prediction)), left_out)
    return Answer(prediction, heat_map, result.seconds)


def _heat_map(explanation: Explanation | None) -> HeatMap | None:
    if explanation is None:
        return None
    return HeatMap(heat_map_png(explanation), explanation.condition, explanation.peak)


def _told(explanation: Explanation | None) -> dict[str, object] | None:
    if explanation is None:
        return None
    return {"condition": explanation.condition, "peak": explanation.peak}


def _png(explanation: Explanation | None) -> bytes | None:
    return None if explanation is None else heat_map_png(explanation)


def _job_key(record: AdaptationRecord) -> str:
    return f"classify-{record.id}"


def _heat_map_key(record: AdaptationRecord, case: StoredImage, condition: str) -> str:
    return f"heat-map-{record.id}-{case.blob}-{condition}"
