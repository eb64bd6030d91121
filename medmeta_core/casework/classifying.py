"""Classifying: from the cases in the store to results in the store."""

from collections.abc import Sequence
from dataclasses import dataclass

from medmeta_core.casework.adapting import case_classifier_of, is_in_memory, pixels_of
from medmeta_core.casework.case_classifier import CaseClassifier
from medmeta_core.casework.examples import cross_validation_of
from medmeta_core.casework.matching_examples import CaseMatch, matches_of
from medmeta_core.casework.stored_answer import HeatMap, LeftOutExamples, StoredAnswer
from medmeta_core.errors import WorkspaceError
from medmeta_core.explanation import Explanation
from medmeta_core.jobs import Job, Plan, find_job, start
from medmeta_core.progress import Progress, check_stopped
from medmeta_core.trust import CrossValidation, Prediction, complete
from medmeta_core.workspace import AdaptationRecord, Role, Store, StoredImage

REMAKING = 0.5
"""The share of the bar for an adaptation that is made again before the cases are classified."""


@dataclass(frozen=True)
class Answer:
    """What an adaptation says of a case.

    Attributes:
        match: the examples that the case is or is of the same patient as, which were left out.
    """

    prediction: Prediction
    heat_map: HeatMap | None
    seconds: float
    match: CaseMatch | None = None


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
    matches = matches_of(store, record, cases)
    present = {case.id for case in cases}
    stored = {one.image_id: StoredAnswer.of(one) for one in results if one.image_id in present}
    return {
        case_id: _answer(answer, left_out, matches.get(case_id))
        for case_id, answer in stored.items()
        if answer.left_out == _stored(matches.get(case_id))
    }


def waiting_cases(store: Store, record: AdaptationRecord) -> list[StoredImage]:
    """The cases that have no answer yet and can have one."""
    answered = answers_of(store, record)
    everything = cases_of(store, store.owner_of_adaptation(record.id))
    cases = [case for case in everything if case.id not in answered]
    matches = matches_of(store, record, cases)
    return [case for case in cases if case.id not in matches or matches[case.id].is_classified]


def _stored(match: CaseMatch | None) -> LeftOutExamples | None:
    return None if match is None else match.stored


def start_classifying(store: Store, record: AdaptationRecord, cases: Sequence[StoredImage]) -> Job:
    """A job that classifies the cases and saves each result as soon as it is there.

    Its result is how many were classified; a case that is removed or erased meanwhile is skipped.
    """

    def work(progress: Progress) -> int:
        begin = 0.0 if is_in_memory(record) else REMAKING
        classifier = case_classifier_of(
            store, record, lambda done, label: progress(begin * done, label)
        )
        n_answered = 0
        for done, case in enumerate(cases):
            fraction = begin + (1 - begin) * done / len(cases)
            progress(fraction, f"{done + 1} / {len(cases)}")
            n_answered += _classify_and_save(store, case, record, classifier=classifier)
        return n_answered

    again = {"kind": "classify", "adaptation_id": record.id}
    return start("classify", work, key=_job_key(record), plan=Plan(again=again))


def _classify_and_save(
    store: Store, case: StoredImage, record: AdaptationRecord, *, classifier: CaseClassifier
) -> bool:
    """Whether the case was classified; not so where it is not in its workspace any more."""
    if not _is_there(store, case):
        return False
    try:
        match = matches_of(store, record, [case]).get(case.id)
        without = match.examples.positions if match else ()
        analysis = classifier.classify_pixels(
            pixels_of(store, case, classifier.adaptation), without
        )
        check_stopped()
        answer = StoredAnswer(
            analysis.prediction,
            _heat_map(analysis.explanation),
            analysis.seconds,
            _stored(match),
        )
        result = answer.as_result(image_id=case.id, adaptation_id=record.id)
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
    """The same job, restarted."""

    def work(progress: Progress) -> HeatMap | None:
        classifier = case_classifier_of(store, record, progress)
        match = matches_of(store, record, [case]).get(case.id)
        without = match.examples.positions if match else ()
        pixels = pixels_of(store, case, classifier.adaptation)
        return _heat_map(
            classifier.classify_pixels(pixels, without, condition=condition).explanation
        )

    return start("heat_map", work, key=_heat_map_key(record, case, condition))


def _answer(answer: StoredAnswer, left_out: CrossValidation, match: CaseMatch | None) -> Answer:
    prediction = complete(answer.prediction, left_out)
    return Answer(prediction, answer.heat_map, answer.seconds, match)


def _heat_map(explanation: Explanation | None) -> HeatMap | None:
    return None if explanation is None else HeatMap.of(explanation)


def _job_key(record: AdaptationRecord) -> str:
    return f"classify-{record.id}"


def _heat_map_key(record: AdaptationRecord, case: StoredImage, condition: str) -> str:
    return f"heat-map-{record.id}-{case.blob}-{condition}"
