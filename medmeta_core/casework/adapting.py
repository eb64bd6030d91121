"""Adapting: from the examples in the store to an adaptation in the store."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from medmeta_core.analysis import Adaptation, adapt, settings_with_candidates
from medmeta_core.casework.adaptation_cache import CACHE
from medmeta_core.casework.adaptation_figures import (
    AdaptationFigures,
    figures_as_json,
    figures_of,
)
from medmeta_core.casework.case_classifier import CaseClassifier
from medmeta_core.casework.examples import usable_examples
from medmeta_core.casework.preferences import change_preferences
from medmeta_core.embedding import backbone_card, backbone_names, load_backbone
from medmeta_core.episodes import (
    MODEL_SIDE,
    EmbeddedSupport,
    SupportSet,
    embed_support,
)
from medmeta_core.episodes.pixels import three_channels
from medmeta_core.errors import WorkspaceError
from medmeta_core.jobs import Job, Plan, find_job, start
from medmeta_core.progress import Progress, begin_keeping, check_stopped, silent
from medmeta_core.selection import entry_of
from medmeta_core.workspace import AdaptationRecord, Store, StoredImage

EMBEDDED = 0.12
"""How far an adaptation is once its examples are embedded."""


@dataclass(frozen=True)
class Choice:
    """What to adapt: a method by its key and a backbone by its name."""

    method: str
    backbone: str


def start_adapting(store: Store, workspace_id: str, choices: Sequence[Choice]) -> Job:
    """A job that adapts each choice and saves them all; the first one is in use from then on.

    Until all are there nothing is saved: the newest adaptation of a workspace may be the one in
    use, and a job that is stopped replaces nothing.
    """

    def work(progress: Progress) -> None:
        def of_choice(k: int) -> Progress:
            return lambda done, step: progress((k + done) / len(choices), step)

        results = [
            _adapted(store, workspace_id, choice=choice, progress=of_choice(k))
            for k, choice in enumerate(choices)
        ]
        begin_keeping()
        saved = [store.save_adaptation(workspace_id, record) for record, _ in results]
        for record, (_, adaptation) in zip(saved, results, strict=True):
            CACHE.put(record.id, adaptation)
        change_preferences(store, workspace_id, adaptation_id=saved[0].id)

    again = {
        "kind": "adapt",
        "workspace_id": workspace_id,
        "choices": [[choice.method, choice.backbone] for choice in choices],
    }
    return start("adapt", work, key=_job_key(workspace_id), plan=Plan("adapting", again))


def adapting_job(workspace_id: str) -> Job | None:
    """The last adapting of a workspace, running or ended."""
    return find_job(_job_key(workspace_id))


def is_in_memory(record: AdaptationRecord) -> bool:
    """Whether an adaptation is in memory; making it again may take as long as the first time."""
    return CACHE.get(record.id) is not None


def adaptation_of(
    store: Store, record: AdaptationRecord, progress: Progress = silent
) -> Adaptation:
    """The adaptation of a record: from memory, else made again from the store.

    Raises:
        WorkspaceError: the backbone is gone, or has other weights now, which would give other
            answers.
    """
    return case_classifier_of(store, record, progress).adaptation


def case_classifier_of(
    store: Store, record: AdaptationRecord, progress: Progress = silent
) -> CaseClassifier:
    """What classifies cases by the adaptation of a record, without the examples they match.

    Raises:
        WorkspaceError: as `adaptation_of`.
    """
    cached = CACHE.get(record.id)
    if cached is not None:
        return cached
    if record.backbone not in backbone_names():
        raise WorkspaceError("backbone-missing", name=record.backbone)
    figures = figures_of(record)
    if backbone_card(record.backbone).sha256 != figures.backbone_sha256:
        raise WorkspaceError("backbone-changed")
    examples = _Examples(record.image_ids, record.labels, figures.patients)
    choice = Choice(record.method, record.backbone)
    adaptation = _adapt(store, examples, choice=choice, progress=progress)
    check_stopped()
    return CACHE.put(record.id, adaptation)


def pixels_of(store: Store, case: StoredImage, adaptation: Adaptation) -> Tensor:
    """What the adaptation sees of a case: pixels (3, side, side) in [0, 1]."""
    (square,) = store.squares([case.id], adaptation.side)
    return three_channels(square)


def _adapted(
    store: Store, workspace_id: str, *, choice: Choice, progress: Progress
) -> tuple[AdaptationRecord, Adaptation]:
    """An adaptation to the examples of a workspace, and its record; neither is saved yet."""
    images = usable_examples(store, workspace_id)
    examples = _Examples(
        [image.id for image in images],
        [image.condition or "" for image in images],
        [image.patient for image in images],
    )
    adaptation = _adapt(store, examples, choice=choice, progress=progress)
    return record_of(adaptation, *examples), adaptation


def record_of(
    adaptation: Adaptation,
    image_ids: Sequence[str],
    labels: Sequence[str],
    patients: Sequence[str | None],
) -> AdaptationRecord:
    """What there is to say of an adaptation, its examples in the order of its support set."""
    return AdaptationRecord(
        method=adaptation.method,
        backbone=adaptation.backbone,
        settings=settings_with_candidates(adaptation),
        image_ids=tuple(image_ids),
        labels=tuple(labels),
        figures=figures_as_json(AdaptationFigures.of(adaptation, tuple(patients))),
        seconds=adaptation.seconds,
    )


class _Examples(NamedTuple):
    """Stored images; they come condition by condition already."""

    ids: Sequence[str]
    labels: Sequence[str]
    patients: Sequence[str | None]


def _adapt(store: Store, examples: _Examples, *, choice: Choice, progress: Progress) -> Adaptation:
    """By the embeddings of the examples where the method needs no more: so the memory they take
    does not grow with their number of pixels.
    """
    squares = store.squares(examples.ids, MODEL_SIDE)
    pixels = _until_stopped(map(three_channels, squares))
    support: SupportSet | EmbeddedSupport
    if not entry_of(choice.method).needs_pixels:
        support = embed_support(
            pixels,
            examples.labels,
            patients=examples.patients,
            backbone=load_backbone(choice.backbone),
            progress=lambda done, step: progress(EMBEDDED * done, step),
        )
    else:
        support = SupportSet.from_pixels(pixels, examples.labels, patients=examples.patients)
    return adapt(
        support,
        method=choice.method,
        backbone=choice.backbone,
        progress=lambda done, step: progress(EMBEDDED + (1 - EMBEDDED) * done, step),
    )


def _until_stopped(squares: Iterable[Tensor]) -> Iterator[Tensor]:
    for square in squares:
        check_stopped()
        yield square


def _job_key(workspace_id: str) -> str:
    return f"adapt-{workspace_id}"
