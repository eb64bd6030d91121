"""Which cases are examples of an adaptation, or of a patient among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from medmeta_core.casework.case_classifier import can_leave_out
from medmeta_core.casework.examples import existing_images, patients_of
from medmeta_core.casework.identical_pictures import pictures_of
from medmeta_core.casework.stored_answer import LeftOutExamples
from medmeta_core.episodes import ExampleMatch, Identity, match_examples
from medmeta_core.workspace import AdaptationRecord, Store, StoredImage


@dataclass(frozen=True)
class CaseMatch:
    """The examples that a case is, or is of the same patient as.

    Attributes:
        examples: by their positions in the adaptation.
        aliases: of those that it is or is of the same patient as.
        left_out: aliases of all without which it must be classified.
        is_classified: whether it can be: whether every condition keeps an example.
    """

    examples: ExampleMatch
    aliases: tuple[str, ...]
    left_out: tuple[str, ...]
    is_classified: bool

    @property
    def stored(self) -> LeftOutExamples:
        """What an answer keeps, to tell whether it still is the answer to the case."""
        return LeftOutExamples(self.examples.relation, self.examples.positions)


def matches_of(
    store: Store, record: AdaptationRecord, cases: Sequence[StoredImage]
) -> dict[str, CaseMatch]:
    """By id of the case; cases that have nothing to do with the examples are not in it."""
    if not cases:
        return {}
    examples = _examples(store, cases[0].workspace_id, record)
    existing = [image for image in examples if image is not None]
    pictures = pictures_of(store, [*existing, *cases])
    identities = _identities(examples, pictures[: len(existing)], patients_of(record))
    matches = {}
    for case, picture in zip(cases, pictures[len(existing) :], strict=True):
        match = match_examples(Identity(case.source_digest, picture, case.patient), identities)
        if match is not None:
            matches[case.id] = CaseMatch(
                match,
                _aliases(examples, match.related),
                _aliases(examples, match.positions),
                can_leave_out(record.labels, match.positions),
            )
    return matches


def _examples(
    store: Store, workspace_id: str, record: AdaptationRecord
) -> list[StoredImage | None]:
    """The examples of an adaptation, removed ones too; None for one that is gone for good."""
    images = {image.id: image for image in store.images(workspace_id)}
    images |= existing_images(
        store, (image_id for image_id in record.image_ids if image_id not in images)
    )
    return [images.get(image_id) for image_id in record.image_ids]


def _identities(
    examples: Sequence[StoredImage | None],
    pictures: Sequence[str],
    patients: Sequence[str | None],
) -> list[Identity]:
    """Of each example; of one that is gone only the patient is known."""
    picture_iterator = iter(pictures)
    return [
        Identity("", "", patient)
        if image is None
        else Identity(image.source_digest, next(picture_iterator), patient)
        for image, patient in zip(examples, patients, strict=True)
    ]


def _aliases(examples: Sequence[StoredImage | None], positions: Sequence[int]) -> tuple[str, ...]:
    return tuple(image.alias for i in positions if (image := examples[i]) is not None)
