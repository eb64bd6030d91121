"""`Store`: everything the user does, on disk before the screen says so."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from medmeta_core.imaging import SHOWN_SIDE, FloatArray, MedicalImage, decode_image
from medmeta_core.workspace import (
    condition_numbers,
    edits,
    erasure,
    intake,
    labelling,
    reading,
    results,
)
from medmeta_core.workspace.audit_log import HeadFolder
from medmeta_core.workspace.blobs import BlobFolder
from medmeta_core.workspace.database import Database
from medmeta_core.workspace.image_views import ImageViews
from medmeta_core.workspace.records import (
    CONFLICT_NOTE,
    DUPLICATE_NOTE,
    AdaptationRecord,
    Edit,
    NewImage,
    RefusalRecord,
    ResultRecord,
    Role,
    StoredImage,
    VerdictRecord,
)
from medmeta_core.workspace.workspace_store import WorkspaceStore


class Store(WorkspaceStore):
    """A `WorkspaceStore` with the verbs for images, labels and results."""

    def __init__(self, database: Database, blobs: BlobFolder, heads: HeadFolder) -> None:
        super().__init__(database, blobs, heads)
        self._views = ImageViews(blobs)

    # Images

    def add_images(self, workspace_id: str, new: Sequence[NewImage]) -> list[StoredImage]:
        """The images as stored, one for each of `new`, in one act.

        The same frame of the same bytes is stored once per role: the image that was there is
        returned with `DUPLICATE_NOTE` among its notes, and `CONFLICT_NOTE` where it keeps
        another condition.
        """
        self.workspace(workspace_id)
        prepared = intake.prepare(new)
        blobs = {one.blob: one.image.content for one in prepared}
        with self.bringing(blobs), self.transaction(workspace_id) as transaction:
            entered = intake.enter(transaction, self.blobs, prepared)
            stored = {one.id: one for one in reading.images(transaction.connection, workspace_id)}
        return [
            _noted(stored[image_id], one.condition) if was_there else stored[image_id]
            for (image_id, was_there), one in zip(entered, prepared, strict=True)
        ]

    def images(
        self, workspace_id: str, *, role: Role | None = None, with_excluded: bool = True
    ) -> list[StoredImage]:
        """The images of a workspace, in order of entry."""
        with self.database.reading() as connection:
            return reading.images(connection, workspace_id, role=role, with_excluded=with_excluded)

    def image(self, image_id: str) -> StoredImage:
        """The image of this id; found even where it is removed."""
        with self.database.reading() as connection:
            return reading.image(connection, image_id)

    def read_image(self, image_id: str) -> MedicalImage:
        """The image with all its pixels, decoded here; its `patient_key` is the pseudonym."""
        stored = self.image(image_id)
        return replace(decode_image(self.blobs.read(stored.blob)), patient_key=stored.patient)

    def display_image(self, image_id: str, *, max_side: int = SHOWN_SIDE) -> MedicalImage:
        """The image (read-only) with its longer side at most `max_side`, for a screen."""
        stored = self.image(image_id)
        return replace(self._views.display(stored.blob, max_side), patient_key=stored.patient)

    def squares(self, image_ids: Sequence[str], side: int) -> Iterator[FloatArray]:
        """What a network sees of each image: (1 or 3, side, side) brightness, read-only."""
        return self._views.squares([self.image(image_id).blob for image_id in image_ids], side)

    def picture_digest(self, image_id: str) -> str:
        """Equal for images that show the same picture, whatever files they came from."""
        return self._views.picture_digest(self.image(image_id).blob)

    def thumbnail(self, image_id: str) -> bytes:
        """WebP bytes of the image's thumbnail."""
        with self.database.reading() as connection:
            return reading.thumbnail(connection, image_id)

    def condition_numbers(self, workspace_id: str, further: Iterable[str] = ()) -> dict[str, int]:
        """{condition: its number}, kept for good, of all that examples bear and of `further`."""
        examples = self.images(workspace_id, role=Role.EXAMPLE)
        conditions = sorted({one.condition for one in examples if one.condition}, key=str.casefold)
        settings = self.workspace(workspace_id).settings
        numbers = condition_numbers.all_numbers_in(settings)
        names = [*conditions, *(name for name in dict.fromkeys(further) if name not in numbers)]
        if condition_numbers.with_numbers(settings, names) is not settings:
            settings = self.change_settings(
                workspace_id, lambda now: condition_numbers.with_numbers(now, names)
            ).settings
        return condition_numbers.all_numbers_in(settings)

    # Labelling: each verb returns its act, or None where nothing would change

    def relabel(
        self, workspace_id: str, image_ids: Iterable[str], condition: str | None
    ) -> Edit | None:
        """Give images another condition, or none."""
        with self.transaction(workspace_id) as transaction:
            return labelling.relabel(transaction, image_ids, condition)

    def exclude(self, workspace_id: str, image_ids: Iterable[str], reason: str) -> Edit | None:
        """Keep images out of the task, with the reason that the report states."""
        with self.transaction(workspace_id) as transaction:
            return labelling.exclude(transaction, image_ids, reason)

    def include(self, workspace_id: str, image_ids: Iterable[str]) -> Edit | None:
        """Take excluded images back into the task."""
        with self.transaction(workspace_id) as transaction:
            return labelling.include(transaction, image_ids)

    def remove(self, workspace_id: str, image_ids: Iterable[str]) -> Edit | None:
        """Take images out of the workspace; undo brings them back."""
        with self.transaction(workspace_id) as transaction:
            return labelling.remove(transaction, image_ids)

    def erase(self, workspace_id: str, image_ids: Iterable[str]) -> None:
        """Erase images for good, removed ones too, with the results and verdicts on them."""
        selected = list(image_ids)
        with self.erasing(workspace_id) as (transaction, blobs):
            blobs |= erasure.erase(transaction, selected)
        self._views.forget(blobs)

    def erase_removed(self, workspace_id: str) -> None:
        """Erase for good what was removed: undo can no longer bring it back."""
        with self.erasing(workspace_id) as (transaction, blobs):
            blobs |= erasure.erase(transaction, erasure.removed_images(transaction))
        self._views.forget(blobs)

    def n_removed(self, workspace_id: str) -> int:
        """How many removed images are still stored."""
        with self.database.reading() as connection:
            return reading.n_removed(connection, workspace_id)

    def assign_patient(
        self, workspace_id: str, image_ids: Iterable[str], patient: str | None
    ) -> Edit | None:
        """Say whose images these are: a pseudonym of this workspace, any other word, or None."""
        with self.transaction(workspace_id) as transaction:
            return labelling.assign_patient(transaction, image_ids, patient)

    def rename_condition(self, workspace_id: str, old: str, new: str) -> Edit | None:
        """Give all images of a condition another; where `new` exists, both become one."""
        with self.transaction(workspace_id) as transaction:
            return labelling.rename_condition(transaction, old, new)

    def move(
        self, workspace_id: str, image_ids: Iterable[str], role: Role, condition: str | None
    ) -> Edit | None:
        """Make cases examples of a condition, or examples cases."""
        with self.transaction(workspace_id) as transaction:
            return labelling.move(transaction, image_ids, role=role, condition=condition)

    def undo(self, workspace_id: str) -> Edit | None:
        """The last act, now undone; None where none is left."""
        with self.transaction(workspace_id) as transaction:
            return edits.undo(transaction)

    def redo(self, workspace_id: str) -> Edit | None:
        """The act undone last, now done again; None where none is left."""
        with self.transaction(workspace_id) as transaction:
            return edits.redo(transaction)

    def acts(self, workspace_id: str) -> list[Edit]:
        """The acts that can be undone, the oldest first, then those that can be redone."""
        with self.database.reading() as connection:
            return reading.acts(connection, workspace_id)

    # Records

    def add_refusals(self, workspace_id: str, refusals: Iterable[RefusalRecord]) -> None:
        """Remember which files were not read, and why."""
        with self.transaction(workspace_id) as transaction:
            results.keep_refusals(transaction, refusals)

    def refusals(self, workspace_id: str) -> list[RefusalRecord]:
        """The files that were not read."""
        with self.database.reading() as connection:
            return reading.refusals(connection, workspace_id)

    def clear_refusals(self, workspace_id: str) -> None:
        """Forget which files were not read; their names are erased."""
        with self.erasing(workspace_id) as (transaction, _):
            results.clear_refusals(transaction)

    def save_adaptation(self, workspace_id: str, record: AdaptationRecord) -> AdaptationRecord:
        """The record with its id and time."""
        with self.transaction(workspace_id) as transaction:
            return results.keep_adaptation(transaction, record)

    def adaptations(self, workspace_id: str) -> list[AdaptationRecord]:
        """The adaptations of a workspace, the newest last."""
        with self.database.reading() as connection:
            return reading.adaptations(connection, workspace_id)

    def adaptation(self, adaptation_id: str) -> AdaptationRecord:
        """The adaptation of this id."""
        with self.database.reading() as connection:
            return reading.adaptation(connection, adaptation_id)

    def owner_of_adaptation(self, adaptation_id: str) -> str:
        """The id of the workspace that this adaptation belongs to."""
        with self.database.reading() as connection:
            return reading.owner_of_adaptation(connection, adaptation_id)

    def save_result(self, workspace_id: str, record: ResultRecord) -> ResultRecord:
        """The record with its id and time; it replaces one of the same image and adaptation."""
        with self.transaction(workspace_id) as transaction:
            return results.keep_result(transaction, record)

    def results(self, workspace_id: str, adaptation_id: str | None = None) -> list[ResultRecord]:
        """The results of a workspace, or of one adaptation, the newest last."""
        with self.database.reading() as connection:
            return reading.results(connection, workspace_id, adaptation_id)

    def save_verdict(self, workspace_id: str, record: VerdictRecord) -> VerdictRecord:
        """The record with its id and time; earlier verdicts stay, the last one counts."""
        with self.transaction(workspace_id) as transaction:
            return results.keep_verdict(transaction, record)

    def verdicts(self, workspace_id: str) -> list[VerdictRecord]:
        """What the reviewer said, the newest last."""
        with self.database.reading() as connection:
            return reading.verdicts(connection, workspace_id)


def _noted(image: StoredImage, condition: str | None) -> StoredImage:
    agrees = condition is None or condition == image.condition
    remarks = (DUPLICATE_NOTE,) if agrees else (DUPLICATE_NOTE, CONFLICT_NOTE)
    return replace(image, notes=(*image.notes, *remarks))
