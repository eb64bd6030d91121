"""Uploads on their way into a workspace: a job that stores each image as soon as it is read."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.engine import store
from dashboard.i18n import t
from medmeta_core.imaging import ReadItem, Refusal, Upload, read_uploads
from medmeta_core.jobs import Job, find_job, start
from medmeta_core.progress import Progress
from medmeta_core.workspace import DUPLICATE_NOTE, NewImage, RefusalRecord, Role, Workspace


@dataclass(frozen=True)
class Intake:
    """Whose uploads go where.

    Attributes:
        role: example or case.
        condition: of files that lie in no folder; None leaves them without one.
    """

    workspace: Workspace
    role: Role
    condition: str | None = None

    @property
    def key(self) -> str:
        """Under which a refreshed page finds the running job."""
        return f"intake-{self.role}-{self.workspace.id}"


@dataclass(frozen=True)
class IntakeCount:
    """How many images are new, how many were there already, how many files were refused."""

    n_new: int = 0
    n_known: int = 0
    n_refused: int = 0


def start_intake(intake: Intake, uploads: Sequence[Upload]) -> Job:
    """A job that reads the uploads and stores what can be read; its result is an `IntakeCount`."""
    label = t("app.reading_files", n=len(uploads))
    return start(label, lambda progress: _take_in(intake, uploads, progress), key=intake.key)


def intake_job(intake: Intake) -> Job | None:
    """The last intake of this workspace and role, running or ended."""
    return find_job(intake.key)


def _take_in(intake: Intake, uploads: Sequence[Upload], progress: Progress) -> IntakeCount:
    n_new = n_known = n_refused = 0
    secret = intake.workspace.patient_key_secret
    for item in read_uploads(uploads, key=secret, progress=progress):
        if isinstance(item, Refusal):
            record = RefusalRecord(item.name, item.rule, item.message)
            store().add_refusals(intake.workspace.id, [record])
            n_refused += 1
        else:
            stored = store().add_images(intake.workspace.id, new_images(item, intake))
            known = sum(DUPLICATE_NOTE in image.notes for image in stored)
            n_known += known
            n_new += len(stored) - known
    return IntakeCount(n_new, n_known, n_refused)


def new_images(item: ReadItem, intake: Intake) -> list[NewImage]:
    """The images of one file; the last part of its folder is their condition."""
    folder = item.folder.rstrip("/").rpartition("/")[2]
    condition = folder or intake.condition
    if intake.role is Role.CASE:
        condition = None  # a case is judged without its folder
    return [NewImage(image, item.name, intake.role, condition) for image in item.images]
