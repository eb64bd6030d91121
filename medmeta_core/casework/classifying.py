"""Classifying: from the cases in the store to results in the store."""

from collections.abc import Sequence
from dataclasses import dataclass

from medmeta_core.casework.adapting import (
    cross_validation_of,
    is_in_memory,
    judge_of,
    pixels_of,
)
from medmeta_core.casework.judging import Judge
from medmeta_core.casework.matching_examples import Own, own_examples_of
from medmeta_core.errors import WorkspaceError
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
from medmeta_core.workspace import AdaptationRecord, ResultRecord, Role, Store, StoredImage

REMAKING = 0.5
"""The share of the bar for an adaptation that is made again before the cases are judged."""

HEAT_MAP = "heat_map"
"""Where in a result's prediction the heat map's condition and peak stand."""

OWN = "own_examples"
"""Where in a result's prediction stands which examples were left out for it, and why."""


@dataclass(frozen=True)
class HeatMap:
    """A heat map as stored: an 8-bit grey PNG, whom it speaks for, its unscaled peak."""

    png: bytes
    condition: str
    peak: float


@dataclass(frozen=True)
class Answer:
    """What an adaptation says of a case.

    Attributes:
        own: the examples that the case is or is of the same patient as; it was judged without.
    """

    prediction: Prediction
    heat_map: HeatMap | None
    seconds: float
    own: Own | None = None


def cases_of(store: Store, workspace_id: str) -> list[StoredImage]:
    """The cases of a workspace, in the order of entry."""
    return store.images(workspace_id, role=Role.CASE)


def answers_of(store: Store, record: AdaptationRecord) -> dict[str, Answer]:
    """What the adaptation said so far, by id of the case.

    An answer that was given with other examples left out than must be now is none.
    """
    workspace_id = store.owner_of_adaptation(record.id)
    results = store.results(workspace_id, record.id)
    left_out = cross_validation_of(record)
    cases = cases_of(store, workspace_id)
    own = own_examples_of(store, record, cases)
    present = {case.id for case in cases}
    return {
        result.image_id: _answer(result, left_out, own.get(result.image_id))
        for result in results
        if result.image_id in present and _is_answer_to(result, own.get(result.image_id))
    }


def waiting_cases(store: Store, record: AdaptationRecord) -> list[StoredImage]:
    """The cases that have no answer yet and can have one."""
    answered = answers_of(store, record)
    everything = cases_of(store, store.owner_of_adaptation(record.id))
    cases = [case for case in everything if case.id not in answered]
    own = own_examples_of(store, record, cases)
    return [case for case in cases if case.id not in own or own[case.id].is_judged]


def _is_answer_to(result: ResultRecord, own: Own | None) -> bool:
    return bool(result.prediction.get(OWN) == (own.as_json if own else None))


def start_classifying(store: Store, record: AdaptationRecord, cases: Sequence[StoredImage]) -> Job:
    """A job that judges the cases and saves each result as soon as it is there.

    Its result is how many were judged: a case that is removed or erased meanwhile is passed over.
    """

    def work(progress: Progress) -> int:
        begin = 0.0 if is_in_memory(record) else REMAKING
        judge = judge_of(store, record, lambda done, label: progress(begin * done, label))
        n_judged = 0
        for done, case in enumerate(cases):
            fraction = begin + (1 - begin) * done / len(cases)
            progress(fraction, f"{done + 1} / {len(cases)}")
            n_judged += _judge_and_save(store, case, record, judge=judge)
        return n_judged

    again = {"kind": "classify", "adaptation_id": record.id}
    return start("classify", work, key=_job_key(record), plan=Plan(again=again))


def _judge_and_save(
    store: Store, case: StoredImage, record: AdaptationRecord, *, judge: Judge
) -> bool:
    """Whether the case was judged; not so where it is not in its workspace any more."""
    if not _is_there(store, case):
        return False
    try:
        own = own_examples_of(store, record, [case]).get(case.id)
        without = own.examples.positions if own else ()
        analysis = judge.judge_pixels(pixels_of(store, case, judge.adaptation), without)
        check_stopped()
        result = ResultRecord(
            image_id=case.id,
            adaptation_id=record.id,
            prediction={
                **prediction_to_json(analysis.prediction),
                HEAT_MAP: _told(analysis.explanation),
                **({OWN: own.as_json} if own else {}),
            },
            heat_map=_png(analysis.explanation),
            seconds=analysis.seconds,
        )
        store.save_result(case.workspace_id, result)
    except WorkspaceError:  # it may have gone while it was looked at
        if _is_there(store, case):
            raise
        return False
    return True


def _is_there(store: Store, case: StoredImage) -> bool:
    return case.id in {one.id for one in cases_of(store, case.workspace_id)}


def classifying_job(record: AdaptationRecord) -> Job | None:
    """The last classifying with an adaptation, running or ended."""
    return find_job(_job_key(record))


def heat_map_job(
    store: Store, record: AdaptationRecord, *, case: StoredImage, condition: str
) -> Job:
    """The job whose result is the `HeatMap` of a case for any condition."""
    key = _heat_map_key(record, case, condition)
    return find_job(key) or start_heat_map(store, record, case=case, condition=condition)


def start_heat_map(
    store: Store, record: AdaptationRecord, *, case: StoredImage, condition: str
) -> Job:
    """The same job, begun anew."""

    def work(progress: Progress) -> HeatMap | None:
        judge = judge_of(store, record, progress)
        own = own_examples_of(store, record, [case]).get(case.id)
        without = own.examples.positions if own else ()
        pixels = pixels_of(store, case, judge.adaptation)
        return _heat_map(judge.judge_pixels(pixels, without, condition=condition).explanation)

    return start("heat_map", work, key=_heat_map_key(record, case, condition))


def _answer(result: ResultRecord, left_out: CrossValidation, own: Own | None) -> Answer:
    told = result.prediction[HEAT_MAP]
    heat_map = None
    if told is not None and result.heat_map is not None:
        heat_map = HeatMap(result.heat_map, told["condition"], told["peak"])
    prediction = complete(prediction_from_json(dict(result.prediction)), left_out)
    return Answer(prediction, heat_map, result.seconds, own)


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
