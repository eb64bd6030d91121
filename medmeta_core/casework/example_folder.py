"""Examples and new images as the command line gives them: folders and files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from medmeta_core.cli.files import regular_file
from medmeta_core.episodes import ExampleRemark, Identity, SupportSet, remarks_on_examples
from medmeta_core.errors import MedMetaError
from medmeta_core.imaging import (
    LIMITS,
    MedicalImage,
    ReadItem,
    Refusal,
    Upload,
    picture_digest,
    read_folder,
    read_uploads,
    refusal_for_folder,
)
from medmeta_core.progress import Progress
from medmeta_core.reporting.report import ExampleNote
from medmeta_core.reporting.sections.conditions import told_note
from medmeta_core.reporting.texts import Texts


@dataclass(frozen=True, eq=False)
class Examples:
    """The examples of a folder in which each sub-folder is a condition.

    Attributes:
        support: ready to adapt to.
        images, names: (n,) in the order of the support set; a name is the path below the folder.
        refusals: files that could not be read.
        identities: (n,) what tells each from other images.
        remarks: what to know of the examples before they are trusted.
    """

    support: SupportSet
    images: tuple[MedicalImage, ...]
    names: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    identities: tuple[Identity, ...]
    remarks: tuple[ExampleRemark, ...] = ()

    @property
    def told_remarks(self) -> list[dict[str, Any]]:
        """The remarks as JSON values, each with its sentence and the names of its examples."""
        named = [(one.rule, tuple(self.names[i] for i in one.positions)) for one in self.remarks]
        return [
            {
                "rule": rule,
                "message": told_note(ExampleNote(rule, names), Texts("en")),
                "examples": list(names),
            }
            for rule, names in named
        ]


class _Example(NamedTuple):
    condition: str
    patient: str | None
    name: str
    image: MedicalImage


def read_examples(folder: Path, progress: Progress) -> Examples:
    """Read `folder`; the first folder below it names the condition (`FolderLabel`).

    Raises:
        MedMetaError: there is no such folder.
        SupportSetError: fewer than two conditions hold a readable image.
    """
    if not folder.is_dir():
        raise MedMetaError("no-folder", path=str(folder))
    found: list[_Example] = []
    refusals: list[Refusal] = []
    for item in read_folder(folder, progress=progress):
        refusal = item if isinstance(item, Refusal) else refusal_for_folder(item)
        if refusal is not None:
            refusals += [refusal] if refusal.folder else []  # not the files beside the conditions
        elif isinstance(item, ReadItem):
            found += _examples_in(item)
    found.sort(key=lambda example: example.condition)  # folders that look the same are one
    return _as_examples(found, refusals)


def _examples_in(item: ReadItem) -> list[_Example]:
    label, name = item.label, f"{item.folder}/{item.name}"
    if label.condition is None:
        return []
    return [
        _Example(label.condition, label.patient or image.patient_key, name, image)
        for image in item.images
    ]


def _as_examples(found: Sequence[_Example], refusals: Sequence[Refusal]) -> Examples:
    by_condition: dict[str, list[_Example]] = {}
    for example in found:
        by_condition.setdefault(example.condition, []).append(example)
    support = SupportSet.from_images(
        {name: [one.image for one in listed] for name, listed in by_condition.items()},
        groups={name: [one.patient for one in listed] for name, listed in by_condition.items()},
    )
    pictures = [picture_digest(one.image) for one in found]
    remarks = remarks_on_examples(
        [one.condition for one in found],
        patients=[one.patient for one in found],
        pictures=pictures,
    )
    known = support.groups or (None,) * len(found)
    return Examples(
        support,
        tuple(one.image for one in found),
        tuple(one.name for one in found),
        tuple(refusals),
        tuple(
            Identity(one.image.source_digest, picture, patient)
            for one, picture, patient in zip(found, pictures, known, strict=True)
        ),
        remarks,
    )


def read_files(files: Sequence[Path], progress: Progress) -> list[tuple[Path, ReadItem | Refusal]]:
    """Each file with its images, or why it was refused, in the order given.

    Raises:
        MedMetaError: a file cannot be opened, is no file, or is too large.
    """
    answers: list[tuple[Path, ReadItem | Refusal]] = []
    for done, file in enumerate(files):
        progress(done / len(files), file.name)
        upload = Upload(file.name, regular_file(file, max_bytes=LIMITS.zip_bytes))
        answers += [(file, item) for item in read_uploads([upload])]
    return answers
