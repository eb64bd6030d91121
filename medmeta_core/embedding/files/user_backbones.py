"""The user's own backbones: kept with their card beside the store, and removed again."""

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.files.locations import card_path, own_folder, own_names, shipped_names
from medmeta_core.embedding.files.training_images import SUFFIX, write_training_images
from medmeta_core.embedding.files.weights import backbone_card, file_digest, read_backbone
from medmeta_core.embedding.joint.member import names_in
from medmeta_core.embedding.trial import embedding_difference, trial_pictures
from medmeta_core.errors import BackboneError, system_error
from medmeta_core.private_files import (
    make_private,
    make_private_folder,
    sweep_unfinished,
    unfinished_folder,
)
from medmeta_core.progress import begin_keeping, check_stopped

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")
RESERVED = ("medmeta-", "torchvision-")
"""How names of shipped and of fetched backbones begin, those of later versions too."""

TRIAL_SIDE = 64

State = dict[str, Tensor]
"""Tensors of an `EmbeddingNetwork`, and the starting head where there is one, by name."""


def checked_name(name: str) -> str:
    """The name, if an imported backbone may bear it.

    Raises:
        BackboneError: it is no plain name, is reserved or is taken.
    """
    if not NAME.fullmatch(name):
        raise BackboneError("backbone-name", found=name[:60])
    if name.startswith(RESERVED):
        raise BackboneError("backbone-name-reserved", prefixes=", ".join(RESERVED))
    if name in (*shipped_names(), *own_names()):
        raise BackboneError("backbone-taken", name=name)
    return name


def keep_backbone(
    make_state: Callable[[], State],
    card: ModelCard,
    *,
    trained_on: Collection[str] = (),
    header: dict[str, str] | None = None,
) -> ModelCard:
    """Keep a network among the user's own, in float32; the card with the digest of its file.

    It is read again and tried on a picture before it stands under its name; until then it lies in
    a folder that vanishes with this process.

    Args:
        make_state: makes the tensors by name; asked once, and released before the trial, so
            that a large network is in memory once at a time.
        header: texts for the header of the file.
        trained_on: what is recorded of the image files it was trained on, where that is known.

    Raises:
        BackboneError: its numbers or its embeddings are not finite, or the disk refuses.
    """
    try:
        make_private_folder(own_folder())
        sweep_unfinished(own_folder())
        with unfinished_folder(own_folder()) as folder:
            draft = folder / f"{card.name}.json"
            weights = draft.with_suffix(".safetensors")
            state = make_state()
            check_stopped()
            save_file(state, weights, header)
            del state
            make_private(weights)
            stated = replace(card, sha256=file_digest(weights))
            stated.write(draft)
            write_training_images(draft, trained_on)
            _try(draft)
            begin_keeping()
            record = draft.with_suffix(SUFFIX)
            for file in (weights, *([record] if trained_on else []), draft):  # the card counts
                file.replace(own_folder() / file.name)
    except OSError as error:
        raise BackboneError("backbone-unwritten", error=system_error(error)) from error
    return stated


def sweep_backbones() -> None:
    """Delete what an import or a fetching left behind that was cut off."""
    sweep_unfinished(own_folder())


def remove_backbone(name: str) -> None:
    """Remove one of the user's own backbones: card, weights, and the parts learned on them.

    Raises:
        BackboneError: it came with the software, there is none of this name, or a joint backbone
            consists of it.
    """
    if name in shipped_names():
        raise BackboneError("backbone-shipped", name=name)
    if name not in own_names():
        raise BackboneError("unknown-own-backbone", name=name)
    for other in own_names():
        if name in names_in(backbone_card(other).members):
            raise BackboneError("backbone-needed", name=name, needing=other)
    try:
        card_path(name).unlink()
        for file in own_folder().glob(f"{name}.*"):
            file.unlink()
    except OSError as error:
        raise BackboneError("backbone-unremoved", name=name, error=system_error(error)) from error


def _try(draft: Path) -> None:
    """Embed two unlike pictures, which any sound network tells apart."""
    with torch.inference_mode():
        embedding_difference(read_backbone(draft).network(trial_pictures(TRIAL_SIDE)))
