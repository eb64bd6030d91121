"""Weights on disk: one safetensors file and one card each, the digest checked at load."""

import hashlib
from collections.abc import Collection, Mapping
from functools import lru_cache, partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from medmeta_core.embedding.backbone import Backbone
from medmeta_core.embedding.base_statistics import is_power
from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.files.joint_weights import ARCHITECTURE, joint_content, read_joint
from medmeta_core.embedding.files.locations import card_path, own_names, shipped_names
from medmeta_core.embedding.files.method_weights import MethodWeightFiles
from medmeta_core.embedding.files.training_images import write_training_images
from medmeta_core.embedding.inference.runtime import Runtime
from medmeta_core.embedding.joint.joint_network import JointNetwork
from medmeta_core.embedding.named_network import network_of_card
from medmeta_core.embedding.network import EmbeddingNetwork
from medmeta_core.errors import BackboneError

DEFAULT_BACKBONE = "medmeta-resnet18"
HEAD_START = "head_start"


def backbone_names() -> tuple[str, ...]:
    """Names of the available backbones: the default first, the user's own last."""
    shipped = sorted(shipped_names(), key=lambda name: name != DEFAULT_BACKBONE)
    return (*shipped, *own_names())


def backbone_card(name: str) -> ModelCard:
    """The card of an available backbone.

    Raises:
        BackboneError: no backbone bears this name.
    """
    if name not in backbone_names():
        if not backbone_names():
            raise BackboneError("no-backbone", name=name)
        raise BackboneError("unknown-backbone", name=name, known=", ".join(backbone_names()))
    return ModelCard.read(card_path(name))


def load_backbone(name: str = DEFAULT_BACKBONE) -> Backbone:
    """The backbone of this name, once per process as long as its card stays the same.

    Raises:
        BackboneError: unknown name, altered file, or weights that do not fit.
    """
    return _loaded(card_path(name), backbone_card(name).sha256)


@lru_cache(maxsize=8)
def _loaded(path: Path, _sha256: str) -> Backbone:
    """The backbone at `path`; another one imported under its name has another digest."""
    return read_backbone(path)


def read_backbone(card_path: Path) -> Backbone:
    """The backbone whose card lies at `card_path`, its weights beside it.

    Raises:
        BackboneError: the weights are missing, altered, not finite or of another shape.
    """
    card = ModelCard.read(card_path)
    path = card_path.with_suffix(".safetensors")
    try:
        actual = file_digest(path)
    except OSError as error:
        raise BackboneError("no-weights", file=path.name) from error
    if actual != card.sha256:
        stated = card.sha256[:12]
        raise BackboneError("weights-altered", file=path.name, stated=stated, found=actual[:12])
    parts = MethodWeightFiles(card_path, card.sha256)
    if card.architecture == ARCHITECTURE:
        return read_joint(card, path, partial(member_beside, card_path), parts)
    network = network_of_card(card)
    initial_head = _fill(network, path)
    network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Backbone(card, network, initial_head, parts, Runtime(network))


def member_beside(joint_card: Path, name: str) -> Backbone:
    """A member of the joint backbone with this card: beside it, or else among those at hand.

    Raises:
        BackboneError: there is none of this name, it is a joint backbone itself, or its file is
            altered.
    """
    card = member_card(joint_card.parent, name)
    if card is None:
        raise BackboneError("member-missing", name=joint_card.stem, member=name)
    content = ModelCard.read(card)
    if content.architecture == ARCHITECTURE:
        raise BackboneError("member-joint", name=name)
    return _loaded(card, content.sha256)


def member_card(folder: Path, name: str) -> Path | None:
    """Where the card of a member lies: in this folder, or among the backbones at hand."""
    beside = folder / f"{name}.json"
    if beside.is_file():
        return beside
    return card_path(name) if name in backbone_names() else None


def write_joint(
    folder: Path, network: JointNetwork, card: ModelCard, *, trained_on: Collection[str] = ()
) -> ModelCard:
    """Write the statistics of a joint network and the card with their sha256; the card written.

    Args:
        trained_on: sha256 (hex) of the image files that the statistics are of.
    """
    return _write(folder, joint_content(network), card, trained_on)


def write_backbone(
    folder: Path,
    network: EmbeddingNetwork,
    card: ModelCard,
    initial_head: Tensor | None = None,
    *,
    trained_on: Collection[str] = (),
) -> ModelCard:
    """Write weights as float16 safetensors and the card with their sha256; the card written.

    Args:
        trained_on: sha256 (hex) of the image files that the network was trained on.
    """
    state = dict(network.state_dict())
    if initial_head is not None:
        state[HEAD_START] = initial_head
    content = save(
        {
            name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
            for name, tensor in state.items()
        }
    )
    return _write(folder, content, card, trained_on)


def _write(folder: Path, content: bytes, card: ModelCard, trained_on: Collection[str]) -> ModelCard:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{card.name}.safetensors").write_bytes(content)
    stated = ModelCard(**{**vars(card), "sha256": hashlib.sha256(content).hexdigest()})
    place = folder / f"{card.name}.json"
    stated.write(place)
    write_training_images(place, trained_on)
    return stated


def file_digest(path: Path) -> str:
    """sha256 (hex) of a file, read piece by piece.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fill(network: EmbeddingNetwork, path: Path) -> Tensor:
    """Put the weights into the network; the starting head that lay beside them."""
    try:
        state: Mapping[str, Tensor] = load_file(path)  # mapped, not copied
        weights = {key: tensor for key, tensor in state.items() if key != HEAD_START}
        if not all(bool(torch.isfinite(tensor).all()) for tensor in state.values()):
            raise BackboneError("not-finite", name=path.name)
        network.load_state_dict(weights)
        if network.unit_length and not is_power(network.base_power):
            raise BackboneError("wrong-shape", file=path.name)
    except (SafetensorError, RuntimeError) as error:
        raise BackboneError("wrong-shape", file=path.name) from error
    return state.get(HEAD_START, torch.zeros(network.n_features)).float().clone()
