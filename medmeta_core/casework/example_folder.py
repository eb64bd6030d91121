"""Examples from a folder, for work without a workspace: the command line and Python."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from medmeta_core.episodes import (
    EmbeddedSupport,
    ExampleRemark,
    Identity,
    SupportSet,
    remarks_on_examples,
)
from medmeta_core.episodes.example_folder import by_condition
from medmeta_core.episodes.example_remarks import remark_on_names
from medmeta_core.imaging import MedicalImage, Refusal, picture_digest
from medmeta_core.imaging.labelled_files import (
    LabelledFile,
    check_conditions,
    check_folder,
    labelled_files,
)
from medmeta_core.imaging.manifest import read_manifest
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
    support: SupportSet | EmbeddedSupport
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
    """Read `folder`; condition and patient are what folders and manifest say (`LabelledFile`).

    Raises:
        MedMetaError: there is no such folder, or its manifest.csv lacks a column.
        SupportSetError: fewer than two conditions hold a readable image.
    """
    check_folder(folder)
    examples: list[_Example] = []
    refusals: list[Refusal] = []
    cleaned: set[str] = set()
    for file in labelled_files(folder, read_manifest(folder), progress=progress):
        refusals += [file.refusal] if file.refusal else []
        examples += _examples_in(file, len(examples))
        cleaned |= file.cleaned_names
    check_conditions(folder, (one.condition for one in examples))
    examples.sort(key=lambda one: by_condition(one.condition))
    found = _as_examples(folder.resolve().name, examples, refusals)
    if not cleaned:
        return found
    remark = remark_on_names("cleaned-names", sorted(cleaned), found.labels)
    return replace(found, remarks=(*found.remarks, remark))


def _examples_in(file: LabelledFile, n_before: int) -> list[_Example]:
    numbered = enumerate(zip(file.rows, file.images, strict=True), n_before + 1)
    return [
        _Example(f"E{number}", row.condition, row.patient, file.path, image)
        for number, (row, image) in numbered
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
    patients = support.groups or (None,) * len(examples)
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
            for one, picture, patient in zip(examples, pictures, patients, strict=True)
        ),
        remarks=remarks,
    )
