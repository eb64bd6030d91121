"""The report of a workspace: everything comes from the store, nothing is judged anew."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO

import numpy as np
from PIL import Image

from medmeta_core.casework.adaptation_figures import figures_of
from medmeta_core.casework.adapting import cross_validation_of, patients_of, still_there
from medmeta_core.casework.classifying import Answer, answers_of, cases_of
from medmeta_core.casework.identical_pictures import pictures_of
from medmeta_core.casework.matching_examples import Own, own_examples_of
from medmeta_core.casework.reviewing import Review, reviews_of
from medmeta_core.casework.stored_answer import HeatMap
from medmeta_core.condition_colours import colour_numbered
from medmeta_core.episodes import remarks_on_examples
from medmeta_core.explanation import Explanation, overlay_png
from medmeta_core.imaging import as_png
from medmeta_core.jobs import Job, Plan, find_job, forget_job, start
from medmeta_core.progress import Progress, listening, report
from medmeta_core.reporting import (
    CaseReport,
    ConditionSummary,
    ExampleNote,
    Exclusion,
    GivenFor,
    OwnExampleNote,
    RefusedInput,
    Report,
    SimilarPicture,
    UnjudgedCase,
    Verdict,
    to_html,
)
from medmeta_core.trust import AbstentionRule, Prediction, under_rule
from medmeta_core.versions import versions
from medmeta_core.workspace import (
    AdaptationRecord,
    Role,
    Store,
    StoredImage,
    VerdictRecord,
    session_digest,
    write_session_file,
)

PICTURE_SIDE = 768


@dataclass(frozen=True)
class ReportOrder:
    """What a report is to hold.

    Attributes:
        case_ids: in the order of entry.
        rule: the thresholds under which answers name a condition.
        last_verdict: id of the newest verdict; "" where there is none.
        adaptation_id: of the adaptation whose answers it holds.
    """

    title: str
    operator: str
    language: str
    case_ids: tuple[str, ...]
    rule: AbstentionRule = AbstentionRule()
    last_verdict: str = ""
    adaptation_id: str = ""


@dataclass(frozen=True)
class MadeReport:
    """A report, its preview, and the session file whose digest it states, open on the disk."""

    order: ReportOrder
    report: Report
    html: str
    session_file: BinaryIO


def start_report(store: Store, record: AdaptationRecord, order: ReportOrder) -> Job:
    """A job whose result is the `MadeReport`."""
    workspace_id = store.owner_of_adaptation(record.id)

    def work(progress: Progress) -> MadeReport:
        progress(0.0, "session")
        session_file = write_session_file(store, workspace_id)
        with listening(progress, "cases", start=0.2, end=0.8):
            content = _report(store, record, order)
        content = replace(content, session_digest=session_digest(session_file))
        progress(0.8, "layout")
        return MadeReport(order, content, to_html(content), session_file)

    again = {"kind": "report", "adaptation_id": record.id, "order": _plain(order)}
    plan = Plan(again=again)
    return start("report", work, key=_job_key(workspace_id), plan=plan)


def _plain(order: ReportOrder) -> dict[str, object]:
    """What to start the report again with; rule and verdicts are those of that time."""
    return {
        "title": order.title,
        "operator": order.operator,
        "language": order.language,
        "case_ids": list(order.case_ids),
    }


def report_job(workspace_id: str) -> Job | None:
    """The last report of a workspace, running or ended."""
    return find_job(_job_key(workspace_id))


def forget_report(workspace_id: str) -> None:
    """Let go of the last report of a workspace, with its session file on the disk."""
    forget_job(_job_key(workspace_id))


def _report(store: Store, record: AdaptationRecord, order: ReportOrder) -> Report:
    workspace = store.workspace(store.owner_of_adaptation(record.id))
    rule = order.rule
    answers = answers_of(store, record)
    images = {image.id: image for image in store.images(workspace.id)}
    said = reviews_of(store, record)
    return Report(
        title=order.title,
        workspace=workspace.name,
        created=datetime.now(UTC).astimezone(),
        operator=order.operator,
        conditions=_conditions(record, images.values()),
        cases=tuple(
            _case(
                store,
                images[case_id],
                replace(answers[case_id], prediction=under_rule(answers[case_id].prediction, rule)),
                record,
                said.get(case_id, Review()),
            )
            for case_id in _one_by_one(order.case_ids)
            if case_id in answers and case_id in images
        ),
        cross_validation=cross_validation_of(record),
        method=record.method,
        settings=record.settings,
        backbone=record.backbone,
        backbone_sha256=figures_of(record).backbone_sha256,
        rule=rule,
        versions=versions(),
        refusals=tuple(
            RefusedInput(f"R{i}", refusal.rule, refusal.message_in(order.language))
            for i, refusal in enumerate(store.refusals(workspace.id), 1)
        ),
        unjudged=_unjudged(store, record),
        example_notes=_example_notes(store, record),
        audit_head=store.audit_head(workspace.id),
        log_is_unbroken=store.verify_audit(workspace.id),
        opened_from=workspace.opened_from or "",
        language=order.language,
        colours={
            name: colour_numbered(number)
            for name, number in store.condition_numbers(workspace.id, record.labels).items()
        },
        is_demo=workspace.is_demo,
    )


def _one_by_one(case_ids: Sequence[str]) -> Iterator[str]:
    for done, case_id in enumerate(case_ids):
        report(done / len(case_ids))
        yield case_id


def _case(
    store: Store,
    image: StoredImage,
    answer: Answer,
    record: AdaptationRecord,
    said: Review,
) -> CaseReport:
    picture = store.shown_image(image.id)
    explanation = None if answer.heat_map is None else _explanation(answer.heat_map)
    return CaseReport(
        alias=image.alias,
        picture_png=as_png(picture, max_side=PICTURE_SIDE),
        overlay_png=None
        if explanation is None
        else overlay_png(picture, explanation, max_side=PICTURE_SIDE),
        prediction=answer.prediction,
        explanation=explanation,
        similar=_similar(store, answer.prediction, record),
        notes=image.notes,
        verdict=_told(said.verdict, said.given_for),
        first_impression=_told(said.first_impression),
        seconds=answer.seconds,
        modality=image.modality,
        source_digest=image.source_digest,
        own=_own_note(answer.own) if answer.own else None,
    )


def _own_note(own: Own) -> OwnExampleNote:
    return OwnExampleNote(own.examples.relation, own.aliases, own.left_out)


def _unjudged(store: Store, record: AdaptationRecord) -> tuple[UnjudgedCase, ...]:
    """The cases that could not be judged without their own examples."""
    cases = cases_of(store, store.owner_of_adaptation(record.id))
    own = own_examples_of(store, record, cases)
    return tuple(
        UnjudgedCase(case.alias, _own_note(own[case.id]))
        for case in cases
        if case.id in own and not own[case.id].is_judged
    )


def _similar(
    store: Store, prediction: Prediction, record: AdaptationRecord
) -> tuple[SimilarPicture, ...]:
    cases = {record.image_ids[case.index]: case for case in prediction.similar_cases}
    return tuple(
        SimilarPicture(
            example.alias,
            cases[image_id].condition,
            cases[image_id].similarity,
            store.thumbnail(image_id),
        )
        for image_id, example in still_there(store, cases).items()
    )


def _conditions(
    record: AdaptationRecord, images: Iterable[StoredImage]
) -> tuple[ConditionSummary, ...]:
    """What each condition of the adaptation rests on, and what was set aside."""
    set_aside = [image for image in images if image.role is Role.EXAMPLE and image.excluded]
    used = list(zip(record.labels, patients_of(record), strict=True))
    return tuple(
        ConditionSummary(
            name=name,
            n_examples=record.labels.count(name),
            n_patients=len({patient for label, patient in used if label == name and patient})
            or None,
            exclusions=tuple(
                Exclusion(image.alias, image.exclusion_reason)
                for image in set_aside
                if image.condition == name
            ),
        )
        for name in dict.fromkeys(record.labels)
    )


def _example_notes(store: Store, record: AdaptationRecord) -> tuple[ExampleNote, ...]:
    """The core's remarks on the examples that are still there."""
    images = still_there(store, record.image_ids)
    places = [i for i, image_id in enumerate(record.image_ids) if image_id in images]
    there = [images[record.image_ids[i]] for i in places]
    patients = figures_of(record).patients
    remarks = remarks_on_examples(
        [record.labels[i] for i in places],
        patients=[patients[i] for i in places],
        pictures=pictures_of(store, there),
    )
    return tuple(
        ExampleNote(remark.rule, tuple(there[i].alias for i in remark.positions))
        for remark in remarks
    )


def _told(
    verdict: VerdictRecord | None, given_for: AdaptationRecord | None = None
) -> Verdict | None:
    if verdict is None or verdict.created is None:
        return None
    return Verdict(
        verdict.decision,  # type: ignore[arg-type]
        verdict.condition,
        verdict.comment,
        verdict.operator,
        verdict.created.astimezone(),
        verdict.answer,
        _given_for(given_for),
    )


def _given_for(record: AdaptationRecord | None) -> GivenFor | None:
    if record is None or record.created is None:
        return None
    return GivenFor(record.method, record.created.astimezone())


def _explanation(heat_map: HeatMap) -> Explanation:
    grey = np.asarray(Image.open(io.BytesIO(heat_map.png)), np.float32)
    return Explanation(grey / np.float32(255), heat_map.peak, heat_map.condition)


def _job_key(workspace_id: str) -> str:
    return f"report-{workspace_id}"
