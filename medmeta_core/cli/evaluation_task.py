"""What `medmeta evaluate` draws episodes from: one set, or two, examples and queries apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from medmeta_core.cli.console import tell
from medmeta_core.datasets import LabelledSet, read_labelled_set
from medmeta_core.episodes import MODEL_SIDE, EpisodeIndices, EpisodeSampler, EpisodeShape
from medmeta_core.errors import MedMetaError
from medmeta_core.evaluation import CrossSampler, CrossSet
from medmeta_core.imaging.names import similar_names
from medmeta_core.languages import FALLBACK
from medmeta_core.progress import Progress
from medmeta_core.reporting import ExampleNote
from medmeta_core.reporting.sections.conditions import note_words
from medmeta_core.reporting.texts import Texts


@dataclass(frozen=True, eq=False)
class Task:
    """A set of labelled images, or two.

    Attributes:
        folders: of the examples, and of the queries where they come from another.
        parts: the sets as read from the folders.
        labelled: what the episodes index: the set, or both as one.
        cross: both as one, where there are two.
    """

    folders: tuple[Path, ...]
    parts: tuple[LabelledSet, ...]
    labelled: LabelledSet
    cross: CrossSet | None = None

    @property
    def name(self) -> str:
        """The names of the folders."""
        return " → ".join(folder.name for folder in self.folders)

    def episodes(
        self, shape: EpisodeShape, n: int, seed: int
    ) -> tuple[list[EpisodeIndices], EpisodeShape]:
        """Episodes, and their shape as it came out.

        Raises:
            SupportSetError: the images do not give such episodes.
        """
        sampler: EpisodeSampler | CrossSampler
        if self.cross is None:
            sampler = EpisodeSampler(self.labelled.labels, self.labelled.groups, shape)
        else:
            sampler = CrossSampler(self.cross, shape)
        generator = torch.Generator().manual_seed(seed)
        return [sampler.draw(generator) for _ in range(n)], sampler.shape


def read_task(
    folder: Path,
    queries: Path | None,
    *,
    same: Sequence[str],
    group: str | None,
    progress: Progress,
) -> Task:
    """The images of one folder, or of two.

    Raises:
        MedMetaError: a folder or column is missing, or a pair of names is not NAME=NAME.
        SupportSetError: fewer than two conditions, or fewer than two shared.
    """
    pairs = _pairs(same, has_queries=queries is not None)
    examples = _read(folder, group, progress)
    if queries is None:
        return Task((folder,), (examples,), examples)
    query_set = _read(queries, group, progress)
    cross = CrossSet.of(examples, query_set, pairs)
    return Task((folder, queries), (examples, query_set), cross.labelled, cross)


def _read(folder: Path, group: str | None, progress: Progress) -> LabelledSet:
    labelled_set = read_labelled_set(folder, side=MODEL_SIDE, group=group, progress=progress)
    for files, fault in (
        (labelled_set.without_condition, "without a condition in manifest.csv, left out"),
        (labelled_set.absent, "listed in manifest.csv but missing"),
        (
            labelled_set.unlisted,
            "not listed in manifest.csv, whose condition is their folder's name",
        ),
    ):
        if files:
            tell(f"{_files(len(files))} of {folder.name} {fault}; the first: {files[0]}")
    if refused := labelled_set.refusals:
        first = f"{refused[0].folder}/{refused[0].name}: {refused[0].message}"
        tell(
            f"{_files(len(refused))} of {folder.name} cannot be read, left out; the first: {first}"
        )
    _tell_of_names(labelled_set)
    return labelled_set


def _files(n: int) -> str:
    return "1 file" if n == 1 else f"{n} files"


def _tell_of_names(labelled_set: LabelledSet) -> None:
    similar = tuple(name for group in similar_names(labelled_set.conditions) for name in group)
    for rule, names in (("similar-names", similar), ("cleaned-names", labelled_set.cleaned)):
        if names:
            tell(note_words(ExampleNote(rule, (), names), Texts(FALLBACK)))


def _pairs(same: Sequence[str], *, has_queries: bool) -> dict[str, str]:
    """{queries' name: examples' name} of NAME=NAME."""
    parts = [pair.split("=") for pair in same]
    faulty = [pair for pair, names in zip(same, parts, strict=True) if len(names) != 2]
    if faulty or (same and not has_queries):
        raise MedMetaError("same", found=(faulty or same)[0])
    return {query.strip(): example.strip() for query, example in parts}
