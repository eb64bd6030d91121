"""Uploads on their way into a workspace: a job that stores the images while it reads on."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from medmeta_core.errors import Stopped
from medmeta_core.imaging import (
    FolderLabel,
    ReadItem,
    Refusal,
    StorableItem,
    Upload,
    clean_name,
    read_storable,
)
from medmeta_core.jobs import Job, Plan, add_job, find_jobs
from medmeta_core.progress import Progress
from medmeta_core.workspace import (
    CONFLICT_NOTE,
    DUPLICATE_NOTE,
    NewImage,
    RefusalRecord,
    Role,
    Store,
    StoredImage,
    Workspace,
)

BATCH = 64
BATCH_BYTES = 16 * 2**20
BATCH_SECONDS = 2.0
"""Images are stored in batches: a batch is one act, which can be undone."""


Item = ReadItem | StorableItem | Refusal


@dataclass(frozen=True)
class Intake:
    """Whose uploads go where.

    Attributes:
        condition: of files that lie in no folder; None leaves them without one.
    """

    workspace: Workspace
    role: Role
    condition: str | None = None

    @property
    def key(self) -> str:
        """Under which a refreshed page finds the running jobs."""
        return f"intake-{self.role}-{self.workspace.id}"


@dataclass(frozen=True)
class IntakeCount:
    """What came out.

    Attributes:
        n_new: images that are stored now.
        n_known: images that were there already.
        n_conflicting: images that were there already under another condition, which they keep.
        n_refused: files that could not be read.
        added: the images that are stored now, by condition; None where they have none.
        patients: of the new images, as the folders below the conditions name them.
        nameless: how many of the new images lie in each folder whose name is no condition's.
        cleaned: conditions of whose folders' names spaces or unseen characters were left out.
    """

    n_new: int = 0
    n_known: int = 0
    n_conflicting: int = 0
    n_refused: int = 0
    added: Mapping[str | None, tuple[str, ...]] = field(default_factory=dict)
    patients: frozenset[str] = frozenset()
    nameless: Mapping[str, int] = field(default_factory=dict)
    cleaned: frozenset[str] = frozenset()

    def __add__(self, other: "IntakeCount") -> "IntakeCount":
        names = dict.fromkeys([*self.added, *other.added])
        return IntakeCount(
            self.n_new + other.n_new,
            self.n_known + other.n_known,
            self.n_conflicting + other.n_conflicting,
            self.n_refused + other.n_refused,
            {name: self.added.get(name, ()) + other.added.get(name, ()) for name in names},
            self.patients | other.patients,
            Counter(self.nameless) + Counter(other.nameless),
            self.cleaned | other.cleaned,
        )

    @property
    def image_ids(self) -> tuple[str, ...]:
        """The images that are stored now."""
        return tuple(image_id for ids in self.added.values() for image_id in ids)


def start_intake(store: Store, intake: Intake, uploads: Sequence[Upload]) -> Job:
    """A job that reads the uploads and stores what can be read; its result is an `IntakeCount`.

    Its uploads exist nowhere else by now, so it runs even beside an earlier one.
    """
    secret = intake.workspace.patient_key_secret

    def work(progress: Progress) -> IntakeCount:
        return add_items(store, intake, read_storable(uploads, key=secret, progress=progress))

    again = {"kind": "intake", "workspace_id": intake.workspace.id, "n": len(uploads)}
    plan = Plan("intake", again, facts={"n": len(uploads)})
    return add_job("intake", work, key=intake.key, plan=plan)


def intake_jobs(intake: Intake) -> list[Job]:
    """The last intakes of this workspace and role, which ran side by side if several."""
    return find_jobs(intake.key)


def add_items(store: Store, intake: Intake, items: Iterable[Item]) -> IntakeCount:
    """Store what was read; where the reading is stopped, what was read so far."""
    count = IntakeCount()
    for batch in _batches(items):
        count += _store_batch(store, intake, batch)
        batch.clear()  # not held while the next image is read
    return count


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    begun = time.monotonic()
    try:
        for item in items:
            batch.append(item)
            del item  # held by the batch alone
            if _is_full(batch) or time.monotonic() - begun > BATCH_SECONDS:
                yield batch
                batch, begun = [], time.monotonic()
    except Stopped:
        yield batch
        raise
    yield batch


def _is_full(batch: Sequence[Item]) -> bool:
    read = [image for item in batch if isinstance(item, StorableItem) for image in item.images]
    return len(batch) >= BATCH or sum(len(image.content) for image in read) > BATCH_BYTES


def _store_batch(store: Store, intake: Intake, batch: Sequence[Item]) -> IntakeCount:
    refused = [
        RefusalRecord(item.name, item.rule, item.message, item.facts)
        for item in batch
        if isinstance(item, Refusal)
    ]
    read = [item for item in batch if not isinstance(item, Refusal)]
    pairs = [(item.label, image) for item in read for image in _new_images(item, intake)]
    if refused:
        store.add_refusals(intake.workspace.id, refused)
    new = [image for _, image in pairs]
    stored = store.add_images(intake.workspace.id, new) if new else []
    return _counted(stored, [label for label, _ in pairs], n_refused=len(refused))


def _counted(
    stored: Sequence[StoredImage], labels: Sequence[FolderLabel], *, n_refused: int
) -> IntakeCount:
    """What became of images, each with the label of its folder."""
    pairs = list(zip(stored, labels, strict=True))
    new = [(image, label) for image, label in pairs if DUPLICATE_NOTE not in image.notes]
    added: dict[str | None, tuple[str, ...]] = {}
    for image, _ in new:
        added[image.condition] = (*added.get(image.condition, ()), image.id)
    n_conflicting = sum(CONFLICT_NOTE in image.notes for image in stored)
    return IntakeCount(
        n_new=len(new),
        n_known=len(stored) - len(new) - n_conflicting,
        n_conflicting=n_conflicting,
        n_refused=n_refused,
        added=added,
        patients=frozenset(label.patient for _, label in new if label.patient),
        nameless=Counter(label.folder or "" for _, label in new if label.is_nameless),
        cleaned=frozenset(
            label.condition for _, label in pairs if label.condition and label.is_cleaned
        ),
    )


def _new_images(item: ReadItem | StorableItem, intake: Intake) -> list[NewImage]:
    """The images of a file, labelled by its folders (`FolderLabel`)."""
    name, label = clean_name(item.name), item.label
    if intake.role is Role.CASE:  # its folder may hold the answer
        return [NewImage(image, name, intake.role) for image in item.images]
    condition = label.condition or (None if label.is_nameless else intake.condition)
    return [NewImage(image, name, intake.role, condition, label.patient) for image in item.images]
