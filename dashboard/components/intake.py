"""Uploads on their way into a workspace: a job that stores the images while it reads on."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dashboard.engine import store
from dashboard.i18n import t
from medmeta_core.errors import Stopped
from medmeta_core.imaging import ReadItem, Refusal, Upload, read_uploads
from medmeta_core.jobs import Job, add_job, find_jobs
from medmeta_core.progress import Progress
from medmeta_core.workspace import (
    CONFLICT_NOTE,
    DUPLICATE_NOTE,
    NewImage,
    RefusalRecord,
    Role,
    Workspace,
)

BATCH = 64
BATCH_SECONDS = 2.0
"""Images are stored in batches: a batch is one act, which can be undone."""


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
    """

    n_new: int = 0
    n_known: int = 0
    n_conflicting: int = 0
    n_refused: int = 0

    def __add__(self, other: "IntakeCount") -> "IntakeCount":
        return IntakeCount(
            self.n_new + other.n_new,
            self.n_known + other.n_known,
            self.n_conflicting + other.n_conflicting,
            self.n_refused + other.n_refused,
        )


def start_intake(intake: Intake, uploads: Sequence[Upload]) -> Job:
    """A job that reads the uploads and stores what can be read; its result is an `IntakeCount`.

    Its uploads exist nowhere else by now, so it runs even beside an earlier one.
    """
    secret = intake.workspace.patient_key_secret

    def work(progress: Progress) -> IntakeCount:
        return take_in(intake, read_uploads(uploads, key=secret, progress=progress))

    return add_job(t("app.reading_files", n=len(uploads)), work, key=intake.key)


def intake_jobs(intake: Intake) -> list[Job]:
    """The last intakes of this workspace and role, which ran side by side if several."""
    return find_jobs(intake.key)


def take_in(intake: Intake, items: Iterable[ReadItem | Refusal]) -> IntakeCount:
    """Store what was read; where the reading is stopped, what was read so far."""
    count = IntakeCount()
    for batch in _batches(items):
        count += _keep(intake, batch)
    return count


def _batches(items: Iterable[ReadItem | Refusal]) -> Iterator[list[ReadItem | Refusal]]:
    batch: list[ReadItem | Refusal] = []
    begun = time.monotonic()
    try:
        for item in items:
            batch.append(item)
            if len(batch) == BATCH or time.monotonic() - begun > BATCH_SECONDS:
                yield batch
                batch, begun = [], time.monotonic()
    except Stopped:
        yield batch
        raise
    yield batch


def _keep(intake: Intake, batch: Sequence[ReadItem | Refusal]) -> IntakeCount:
    refused = [
        RefusalRecord(item.name, item.rule, item.message)
        for item in batch
        if isinstance(item, Refusal)
    ]
    read = [item for item in batch if isinstance(item, ReadItem)]
    new = [image for item in read for image in _new_images(item, intake)]
    if refused:
        store().add_refusals(intake.workspace.id, refused)
    stored = store().add_images(intake.workspace.id, new) if new else []
    n_known = sum(DUPLICATE_NOTE in image.notes for image in stored)
    n_conflicting = sum(CONFLICT_NOTE in image.notes for image in stored)
    n_new = len(stored) - n_known - n_conflicting
    return IntakeCount(n_new, n_known, n_conflicting, len(refused))


def _new_images(item: ReadItem, intake: Intake) -> list[NewImage]:
    condition = item.folder.rstrip("/").rpartition("/")[2] or intake.condition
    if intake.role is Role.CASE:
        condition = None  # the folder may hold the answer
    return [NewImage(image, item.name, intake.role, condition) for image in item.images]
