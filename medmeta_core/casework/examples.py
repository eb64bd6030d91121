"""The examples of a workspace, and those that an adaptation rests on."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from medmeta_core.casework.adaptation_figures import figures_of
from medmeta_core.episodes import identify_patients
from medmeta_core.errors import WorkspaceError
from medmeta_core.trust import CrossValidation
from medmeta_core.workspace import AdaptationRecord, Role, Store, StoredImage


def usable_examples(store: Store, workspace_id: str) -> list[StoredImage]:
    """The examples that a task rests on, by condition, in the order of their names."""
    examples = store.images(workspace_id, role=Role.EXAMPLE, with_excluded=False)
    labelled = [image for image in examples if image.condition is not None]
    return sorted(labelled, key=lambda image: (image.condition or "").casefold())


def existing_images(store: Store, image_ids: Iterable[str]) -> dict[str, StoredImage]:
    """The images of these ids; a session file leaves out what was removed before."""
    images = {}
    for image_id in image_ids:
        with suppress(WorkspaceError):
            images[image_id] = store.image(image_id)
    return images


def is_current(record: AdaptationRecord, examples: Sequence[StoredImage]) -> bool:
    """Whether an adaptation rests on just these examples, labels and patients."""
    now = [(image.id, image.condition, image.patient) for image in examples]
    then = zip(record.image_ids, record.labels, figures_of(record).patients, strict=True)
    return now == list(then)


def cross_validation_of(record: AdaptationRecord) -> CrossValidation:
    """The leave-one-out results of the examples, in the order of `record.image_ids`."""
    return figures_of(record).cross_validation


def patients_of(record: AdaptationRecord) -> tuple[str | None, ...]:
    """The patient of each example of an adaptation, where the id given names one."""
    return identify_patients(record.labels, figures_of(record).patients).ids
