"""The user's own backbones: kept with their card beside the store, and removed again."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import save
from torch import Tensor

from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.network import EmbeddingNetwork
from medmeta_core.embedding.shelf import card_path, own_folder, own_names, shipped_names
from medmeta_core.embedding.weights import HEAD_START, read_backbone
from medmeta_core.errors import BackboneError
from medmeta_core.progress import begin_keeping, check_stopped

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")
RESERVED = ("medmeta-", "torchvision-")
"""How names of shipped and of fetched backbones begin, those of later versions too."""

TRIAL_SIDE = 64


def checked_name(name: str) -> str:
    """The name, if an imported backbone may bear it.

    Raises:
        BackboneError: it is no plain name, is reserved or is taken.
    """
    if not NAME.fullmatch(name):
        raise BackboneError(
            "The name of a backbone has 1 to 48 small letters, digits, hyphens or "
            f"underscores and begins with a letter or digit; found {name[:60]!r}.",
            rule="backbone-name",
        )
    if name.startswith(RESERVED):
        raise BackboneError(
            f"Names beginning with {' or '.join(RESERVED)} are kept for backbones that come "
            "with the software or are fetched by it.",
            rule="backbone-name-reserved",
        )
    if name in (*shipped_names(), *own_names()):
        raise BackboneError(f"A backbone called {name} is here already.", rule="backbone-taken")
    return name


def keep_backbone(
    network: EmbeddingNetwork, card: ModelCard, head_start: Tensor | None = None
) -> ModelCard:
    """Keep a network among the user's own, in float32; the card with the digest of its file.

    It is read again and tried on a picture before it stands under its name.

    Raises:
        BackboneError: its numbers or its embeddings are not finite, or the disk refuses.
    """
    state = dict(network.state_dict())
    if head_start is not None:
        state[HEAD_START] = head_start
    check_stopped()
    content = save({name: tensor.contiguous() for name, tensor in state.items()})
    stated = replace(card, sha256=hashlib.sha256(content).hexdigest())
    try:
        own_folder().mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=own_folder()) as folder:
            draft = Path(folder) / f"{card.name}.json"
            draft.with_suffix(".safetensors").write_bytes(content)
            stated.write(draft)
            _try(draft)
            begin_keeping()
            for file in (draft.with_suffix(".safetensors"), draft):  # the card last: it counts
                file.replace(own_folder() / file.name)
    except OSError as error:
        raise BackboneError(
            f"The backbone cannot be written: {error.strerror}.", rule="backbone-unwritten"
        ) from error
    return stated


def remove_backbone(name: str) -> None:
    """Remove one of the user's own backbones: card, weights, and the parts learned on them.

    Raises:
        BackboneError: it came with the software, or there is none of this name.
    """
    if name in shipped_names():
        raise BackboneError(f"{name} came with the software and stays.", rule="backbone-shipped")
    if name not in own_names():
        raise BackboneError(f"No backbone of your own is called {name!r}.", rule="unknown-backbone")
    try:
        card_path(name).unlink()
        for file in own_folder().glob(f"{name}.*"):
            file.unlink()
    except OSError as error:
        raise BackboneError(
            f"{name} cannot be removed: {error.strerror}.", rule="backbone-unwritten"
        ) from error


def _try(draft: Path) -> None:
    """Embed a picture of random grey levels, which any sound network can."""
    picture = torch.rand(1, 3, TRIAL_SIDE, TRIAL_SIDE, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        embedding = read_backbone(draft).network(picture)
    if not bool(torch.isfinite(embedding).all()) or not bool(embedding.any()):
        raise BackboneError(
            "The network answers a picture with numbers that are not finite, or with nothing "
            "but zeros.",
            rule="no-embedding",
        )
