"""Adapting: from the examples in the store to an adaptation in the store."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

from torch import Tensor

from medmeta_core.analysis import Adaptation, adapt, settings_told
from medmeta_core.casework.adaptation_figures import AdaptationFigures, figures_as_json, figures_of
from medmeta_core.casework.case_classifier import Judge
from medmeta_core.casework.preferences import change_preferences
from medmeta_core.embedding import backbone_card, backbone_names, load_backbone
from medmeta_core.episodes import (
    MODEL_SIDE,
    EmbeddedSupport,
    SupportSet,
    embed_support,
    known_patients,
)
from medmeta_core.episodes.pixels import three_channels
from medmeta_core.errors import WorkspaceError
from medmeta_core.jobs import Job, Plan, find_job, start
from medmeta_core.progress import Progress, begin_keeping, check_stopped, silent
from medmeta_core.selection import entry_of
from medmeta_core.trust import CrossValidation
from medmeta_core.workspace import AdaptationRecord, Role, Store, StoredImage

N_KEPT = 8
KEPT_BYTES = 128 * 2**20
"""Adaptations held in memory, and their pixels; another one is made again from the store."""

EMBEDDED = 0.12
"""How far an adaptation is once its examples are embedded."""

_kept: OrderedDict[str, Adaptation] = OrderedDict()
_judges: dict[str, Judge] = {}
_keeping = Lock()


@dataclass(frozen=True)
class Choice:
    """What to adapt: a method by its key and a backbone by its name."""

    method: str
    backbone: str


def usable_examples(store: Store, workspace_id: str) -> list[StoredImage]:
    """The examples that a task rests on, by condition, in the order of their names."""
    examples = store.images(workspace_id, role=Role.EXAMPLE, with_excluded=False)
    labelled = [image for image in examples if image.condition is not None]
    return sorted(labelled, key=lambda image: (image.condition or "").casefold())


def still_there(store: Store, image_ids: Iterable[str]) -> dict[str, StoredImage]:
    """The images of these ids; a session file leaves out what was removed before."""
    found = {}
    for image_id in image_ids:
        with suppress(WorkspaceError):
            found[image_id] = store.image(image_id)
    return found


def is_current(record: AdaptationRecord, examples: Sequence[StoredImage]) -> bool:
    """Whether an adaptation rests on just these examples, labels and patients."""
    now = [(image.id, image.condition, image.patient) for image in examples]
    then = zip(record.image_ids, record.labels, figures_of(record).patients, strict=True)
    return now == list(then)


def cross_validation_of(record: AdaptationRecord) -> CrossValidation:
    """What leaving out told of the examples, in the order of `record.image_ids`."""
    return figures_of(record).cross_validation


def patients_of(record: AdaptationRecord) -> tuple[str | None, ...]:
    """The patient of each example of an adaptation, where the id given names one."""
    return known_patients(record.labels, figures_of(record).patients).known


def start_adapting(store: Store, workspace_id: str, choices: Sequence[Choice]) -> Job:
    """A job that adapts each choice and saves them all; the first one is in use from then on.

    Until all are there nothing is saved: the newest adaptation of a workspace may be the one in
    use, and a job that is stopped replaces nothing.
    """

    def work(progress: Progress) -> None:
        def of_choice(k: int) -> Progress:
            return lambda done, step: progress((k + done) / len(choices), step)

        made = [
            _adapted(store, workspace_id, choice=choice, progress=of_choice(k))
            for k, choice in enumerate(choices)
        ]
        begin_keeping()
        saved = [store.save_adaptation(workspace_id, record) for record, _ in made]
        for record, (_, adaptation) in zip(saved, made, strict=True):
            _keep(record, adaptation)
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
    """Whether an adaptation is at hand; making it again may take as long as the first time."""
    with _keeping:
        return record.id in _kept


def adaptation_of(
    store: Store, record: AdaptationRecord, progress: Progress = silent
) -> Adaptation:
    """The adaptation of a record: from memory, else made again from the store.

    Raises:
        WorkspaceError: the backbone is gone, or has other weights now, which would give other
            answers.
    """
    with _keeping:
        if record.id in _kept:
            _kept.move_to_end(record.id)
            return _kept[record.id]
    if record.backbone not in backbone_names():
        raise WorkspaceError("backbone-missing", name=record.backbone)
    figures = figures_of(record)
    if backbone_card(record.backbone).sha256 != figures.backbone_sha256:
        raise WorkspaceError("backbone-changed")
    examples = _Examples(record.image_ids, record.labels, figures.patients)
    choice = Choice(record.method, record.backbone)
    made = _adapt(store, examples, choice=choice, progress=progress)
    check_stopped()
    return _keep(record, made)


def judge_of(store: Store, record: AdaptationRecord, progress: Progress = silent) -> Judge:
    """What judges cases by the adaptation of a record, without their own examples.

    Raises:
        WorkspaceError: as `adaptation_of`.
    """
    adaptation = adaptation_of(store, record, progress)
    with _keeping:
        judge = _judges.get(record.id)
        if judge is None or judge.adaptation is not adaptation:
            judge = _judges[record.id] = Judge(adaptation)
        for forgotten in _judges.keys() - _kept.keys():
            del _judges[forgotten]
        return judge


def pixels_of(store: Store, case: StoredImage, adaptation: Adaptation) -> Tensor:
    """What the adaptation sees of a case: pixels (3, side, side) in [0, 1]."""
    (square,) = store.squares([case.id], adaptation.side)
    return three_channels(square)


def _adapted(
    store: Store, workspace_id: str, *, choice: Choice, progress: Progress
) -> tuple[AdaptationRecord, Adaptation]:
    """An adaptation to the examples of a workspace, and its record; neither is kept yet."""
    examples = usable_examples(store, workspace_id)
    ids = tuple(image.id for image in examples)
    labels = tuple(image.condition or "" for image in examples)
    patients = tuple(image.patient for image in examples)
    examined = _Examples(ids, labels, patients)
    adaptation = _adapt(store, examined, choice=choice, progress=progress)
    record = AdaptationRecord(
        method=adaptation.method,
        backbone=adaptation.backbone,
        settings=settings_told(adaptation),
        image_ids=ids,
        labels=labels,
        figures=figures_as_json(AdaptationFigures.of(adaptation, patients)),
        seconds=adaptation.seconds,
    )
    return record, adaptation


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


def _keep(record: AdaptationRecord, adaptation: Adaptation) -> Adaptation:
    with _keeping:
        _kept[record.id] = adaptation
        while len(_kept) > 1 and (len(_kept) > N_KEPT or _n_bytes(_kept.values()) > KEPT_BYTES):
            _kept.popitem(last=False)
    return adaptation


def _n_bytes(adaptations: Iterable[Adaptation]) -> int:
    return sum(
        support.pixels.nbytes if isinstance(support, SupportSet) else support.embeddings.nbytes
        for support in (adaptation.support for adaptation in adaptations)
    )


def _job_key(workspace_id: str) -> str:
    return f"adapt-{workspace_id}"
