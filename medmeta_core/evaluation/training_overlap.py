"""Which conditions of a set a backbone was trained on: by the files' contents, else by names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from medmeta_core.datasets import LabelledSet
from medmeta_core.embedding import ModelCard
from medmeta_core.embedding.files.training_images import beginning

Compared = Literal["files", "names", "nothing"]


@dataclass(frozen=True)
class TrainingOverlap:
    """What a backbone has seen of a set.

    Attributes:
        conditions: of which it has seen an image.
        n_images: that it has seen; None where contents could not be compared.
        compared: what tells: contents of files, the folder's name alone, or nothing, where
            neither is recorded of the backbone.
    """

    conditions: tuple[str, ...]
    n_images: int | None
    compared: Compared


def training_overlap(
    card: ModelCard, recorded: frozenset[str] | None, *, folder_name: str, labelled: LabelledSet
) -> TrainingOverlap:
    """What the backbone of this card has seen of a set in a folder of this name.

    Args:
        recorded: of the files it was trained on (`read_training_images`).
    """
    by_name = tuple(seen_conditions(card, folder_name, labelled.conditions))
    if recorded is None or not labelled.digests:
        is_stated = "trained_on" in card.facts
        return TrainingOverlap(by_name, None, "names" if is_stated else "nothing")
    labels = [
        label
        for label, digest in zip(labelled.labels.tolist(), labelled.digests, strict=True)
        if beginning(digest) in recorded
    ]
    if by_name and not labels:  # saved anew, perhaps: better told once too often
        return TrainingOverlap(by_name, 0, "names")
    if not labels and "trained_on" not in card.facts:  # a network in it tells nothing of itself
        return TrainingOverlap((), None, "nothing")
    if not labels and card.facts.get("unrecorded"):
        return TrainingOverlap((), None, "names")
    names = tuple(name for k, name in enumerate(labelled.conditions) if k in set(labels))
    return TrainingOverlap(names, len(labels), "files")


def seen_conditions(card: ModelCard, folder_name: str, conditions: Sequence[str]) -> list[str]:
    """The conditions of the set in a folder of this name that the backbone has seen, by its card.

    A card states for every set it was trained on which conditions were held out.

    >>> facts = {"trained_on": ["skin"], "data": [{"set": "skin", "held_out": ["df"]}]}
    >>> card = ModelCard("net", "conv4", 64, "", facts=facts)
    >>> seen_conditions(card, "skin", ["df", "mel"])
    ['mel']
    >>> seen_conditions(card, "teeth", ["molar"])
    []
    """
    if folder_name not in card.facts.get("trained_on", ()):
        return []
    held_out = {
        condition
        for entry in card.facts.get("data", ())
        if entry.get("set") == folder_name
        for condition in entry.get("held_out", ())
    }
    return [condition for condition in conditions if condition not in held_out]
