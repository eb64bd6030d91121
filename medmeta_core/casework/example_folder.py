"""Examples from a folder, for work without a workspace: the command line and Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from medmeta_core.episodes import ExampleRemark, Identity, SupportSet, remarks_on_examples
from medmeta_core.errors import MedMetaError
from medmeta_core.imaging import (
    MedicalImage,
    ReadItem,
    Refusal,
    picture_digest,
    read_folder,
    refusal_for_folder,
)
from medmeta_core.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class FolderExamples:
    """The examples of a folder in which each sub-folder is a condition.

    Attributes:
        folder: its name.
        support: ready to adapt to.
        images, names: (n,) in the order of the support set; a name is the path below the folder.
        aliases: (n,) "E1", "E2", … in the order in which the files were read, as in a workspace.
        labels, patients: (n,) the condition of each, and whose it is as given.
        refusals: files that could not be read.
        identities: (n,) what tells each from other images.
        remarks: what to know of the examples before they are trusted.
    """

    folder: str
    support: SupportSet
    images: tuple[MedicalImage, ...]
    names: tuple[str, ...]
    aliases: tuple[str, ...]
    labels: tuple[str, ...]
    patients: tuple[str | None, ...]
    refusals: tuple[Refusal, ...]
    identities: tuple[Identity, ...]
    remarks: tuple[ExampleRemark, ...] = ()


class _Example(NamedTuple):
    alias: str
    condition: str
    patient: str | None
    name: str
    image: MedicalImage


def read_examples(folder: Path, progress: Progress = silent) -> FolderExamples:
    """Read `folder`; the first folder below it names the condition (`FolderLabel`).

    Raises:
        MedMetaError: there is no such folder.
        SupportSetError: fewer than two conditions hold a readable image.
    """
    if not folder.is_dir():
        raise MedMetaError("no-folder", path=str(folder))
    examples: list[_Example] = []
    refusals: list[Refusal] = []
    for item in read_folder(folder, progress=progress):
        refusal = item if isinstance(item, Refusal) else refusal_for_folder(item)
        if refusal is not None:
            refusals += [refusal] if refusal.folder else []  # not the files beside the conditions
        elif isinstance(item, ReadItem):
            examples += _examples_in(item, len(examples))
    examples.sort(key=lambda one: (one.condition.casefold(), one.condition))  # as in a workspace
    return _as_examples(folder.resolve().name, examples, refusals)


def _examples_in(item: ReadItem, n_before: int) -> list[_Example]:
    label, name = item.label, f"{item.folder}/{item.name}"
    if label.condition is None:
        return []
    return [
        _Example(f"E{number}", label.condition, label.patient or image.patient_key, name, image)
        for number, image in enumerate(item.images, n_before + 1)
    ]


def _support_set(examples: Sequence[_Example]) -> SupportSet:
    by_condition: dict[str, list[_Example]] = {}
    for example in examples:
        by_condition.setdefault(example.condition, []).append(example)
    return SupportSet.from_images(
        {name: [one.image for one in listed] for name, listed in by_condition.items()},
        groups={name: [one.patient for one in listed] for name, listed in by_condition.items()},
    )


def _as_examples(
    folder: str, examples: Sequence[_Example], refusals: Sequence[Refusal]
) -> FolderExamples:
    support = _support_set(examples)
    pictures = [picture_digest(one.image) for one in examples]
    remarks = remarks_on_examples(
        [one.condition for one in examples],
        patients=[one.patient for one in examples],
        pictures=pictures,
    )
    known = support.groups or (None,) * len(examples)
    return FolderExamples(
        folder=folder,
        support=support,
        images=tuple(one.image for one in examples),
        names=tuple(one.name for one in examples),
        aliases=tuple(one.alias for one in examples),
        labels=tuple(one.condition for one in examples),
        patients=tuple(one.patient for one in examples),
        refusals=tuple(refusals),
        identities=tuple(
            Identity(one.image.source_digest, picture, patient)
            for one, picture, patient in zip(examples, pictures, known, strict=True)
        ),
        remarks=remarks,
    )
