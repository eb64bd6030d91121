"""What a workspace holds, as a report: answers, verdicts, refusals, the state of the log."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from PIL import Image

from medmeta_core.casework.adaptation_figures import figures_of
from medmeta_core.casework.classifying import Answer, answers_of, cases_of
from medmeta_core.casework.examples import existing_images
from medmeta_core.casework.identical_pictures import pictures_of
from medmeta_core.casework.matching_examples import CaseMatch, matches_of
from medmeta_core.casework.report_content import (
    ReportAnswer,
    ReportExample,
    ReportHeading,
    ReportParts,
    case_report,
    example_notes,
    report_of,
)
from medmeta_core.casework.reviewing import Review, reviews_of
from medmeta_core.casework.stored_answer import HeatMap
from medmeta_core.condition_colours import colour_numbered
from medmeta_core.episodes import remarks_on_examples
from medmeta_core.explanation import Explanation
from medmeta_core.progress import report
from medmeta_core.reporting import (
    CaseReport,
    ExampleNote,
    Exclusion,
    GivenFor,
    MatchNote,
    Report,
    UnclassifiedCase,
    Verdict,
)
from medmeta_core.trust import AbstentionRule, under_rule
from medmeta_core.workspace import AdaptationRecord, Role, Store, StoredImage, VerdictRecord

Existing = Mapping[str, StoredImage]
"""The examples of an adaptation that are still there, by id."""


def report_on_workspace(
    store: Store, record: AdaptationRecord, *, case_ids: Sequence[str], heading: ReportHeading
) -> Report:
    """The report of an adaptation on the answered ones of these cases."""
    workspace = store.workspace(store.owner_of_adaptation(record.id))
    examples = existing_images(store, record.image_ids)
    report_examples = [
        _report_example(store, examples.get(image_id)) for image_id in record.image_ids
    ]
    answers = _chosen_answers(store, record, case_ids=case_ids, rule=heading.rule)
    parts = ReportParts(
        cases=tuple(_cases(store, record, answers=answers, examples=report_examples)),
        unclassified=_unclassified(store, record),
        refusals=store.refusals(workspace.id),
        example_notes=_example_notes(store, record, examples),
        excluded=_excluded(store.images(workspace.id, role=Role.EXAMPLE)),
    )
    numbers = store.condition_numbers(workspace.id, record.labels)
    return replace(
        report_of(heading, record, parts),
        audit_head=store.audit_head(workspace.id),
        log_is_unbroken=store.verify_audit(workspace.id),
        opened_from=workspace.opened_from or "",
        colours={name: colour_numbered(number) for name, number in numbers.items()},
        is_demo=workspace.is_demo,
    )


def _chosen_answers(
    store: Store, record: AdaptationRecord, *, case_ids: Sequence[str], rule: AbstentionRule
) -> dict[str, Answer]:
    """The answers to these cases, in their order, as the rule has them."""
    answers = answers_of(store, record)
    return {
        case_id: replace(answer, prediction=under_rule(answer.prediction, rule))
        for case_id in case_ids
        if (answer := answers.get(case_id)) is not None
    }


def _cases(
    store: Store,
    record: AdaptationRecord,
    *,
    answers: Mapping[str, Answer],
    examples: Sequence[ReportExample | None],
) -> Iterator[CaseReport]:
    reviews = reviews_of(store, record)
    images = {image.id: image for image in cases_of(store, store.owner_of_adaptation(record.id))}
    for done, (case_id, answer) in enumerate(answers.items()):
        report(done / len(answers))
        if case_id in images:
            image, alias = store.display_image(case_id), images[case_id].alias
            case = case_report(image, _answer(answer), alias=alias, examples=examples)
            yield _with_review(case, images[case_id], reviews.get(case_id, Review()))


def _report_example(store: Store, example: StoredImage | None) -> ReportExample | None:
    if example is None:
        return None
    return ReportExample(example.alias, partial(store.thumbnail, example.id))


def _with_review(case: CaseReport, image: StoredImage, review: Review) -> CaseReport:
    """What the store knows of a case, and what the reviewer said of it."""
    return replace(
        case,
        notes=image.notes,
        modality=image.modality,
        source_digest=image.source_digest,
        verdict=_verdict(review.verdict, review.given_for),
        first_impression=_verdict(review.first_impression),
    )


def _answer(answer: Answer) -> ReportAnswer:
    return ReportAnswer(
        answer.prediction,
        _explanation(answer.heat_map) if answer.heat_map else None,
        answer.seconds,
        _match_note(answer.match) if answer.match else None,
    )


def _match_note(match: CaseMatch) -> MatchNote:
    return MatchNote(match.examples.relation, match.aliases, match.left_out)


def _unclassified(store: Store, record: AdaptationRecord) -> tuple[UnclassifiedCase, ...]:
    """The cases that could not be classified without the examples that they match."""
    cases = cases_of(store, store.owner_of_adaptation(record.id))
    matches = matches_of(store, record, cases)
    return tuple(
        UnclassifiedCase(case.alias, _match_note(matches[case.id]))
        for case in cases
        if case.id in matches and not matches[case.id].is_classified
    )


def _excluded(examples: Iterable[StoredImage]) -> dict[str, tuple[Exclusion, ...]]:
    """The examples that were set aside, by condition."""
    excluded: dict[str, tuple[Exclusion, ...]] = {}
    for image in examples:
        if image.excluded and image.condition is not None:
            exclusion = Exclusion(image.alias, image.exclusion_reason)
            excluded[image.condition] = (*excluded.get(image.condition, ()), exclusion)
    return excluded


def _example_notes(
    store: Store, record: AdaptationRecord, examples: Existing
) -> tuple[ExampleNote, ...]:
    """The core's remarks on the examples that are still there."""
    positions = [i for i, image_id in enumerate(record.image_ids) if image_id in examples]
    images = [examples[record.image_ids[i]] for i in positions]
    patients = figures_of(record).patients
    remarks = remarks_on_examples(
        [record.labels[i] for i in positions],
        patients=[patients[i] for i in positions],
        pictures=pictures_of(store, images),
    )
    return example_notes(remarks, [image.alias for image in images])


def _verdict(
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
