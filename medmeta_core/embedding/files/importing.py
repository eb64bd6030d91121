"""A user's own file of weights → a backbone with a card, if it fits a known architecture.

Three kinds of names are understood: torchvision's (conv1.weight, layer1.0.…) and timm's, whose
classifier is left out, and MedMeta's own (body.0.weight, …, base_mean), as `medmeta meta-train`
writes. A joint backbone names its members in the header of its file; they must be available.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.files.joint_weights import ARCHITECTURE as JOINT
from medmeta_core.embedding.files.joint_weights import header_of, joint_network
from medmeta_core.embedding.files.locations import own_folder
from medmeta_core.embedding.files.safetensors_file import WeightsFile, open_weights
from medmeta_core.embedding.files.tensor_targets import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    OWN,
    WHITENING,
    Target,
    check_shapes,
    targets_of,
)
from medmeta_core.embedding.files.training_images import read_training_images
from medmeta_core.embedding.files.user_backbones import State, checked_name, keep_backbone
from medmeta_core.embedding.files.weights import HEAD_START, member_beside
from medmeta_core.embedding.joint.member import members_from
from medmeta_core.embedding.modules.positions import resampled
from medmeta_core.embedding.modules.statistics import checked_statistics
from medmeta_core.embedding.modules.timm_saliency import saliency_of
from medmeta_core.embedding.named_network import architecture_of, network_of_card
from medmeta_core.embedding.torchvision_bodies import WHOLE_NETWORKS
from medmeta_core.errors import BackboneError
from medmeta_core.imaging import Upload
from medmeta_core.progress import report

SIDES = range(32, 513)


@dataclass(frozen=True)
class ImportRequest:
    """What the user says of a file.

    Attributes:
        input_side: pixels a side at which the network was trained.
        origin: where the weights come from and under which terms, in the user's words.
        mean, std: of each channel, by which pixels in [0, 1] were standardised in training; None
            takes ImageNet's for torchvision's networks, and for timm's what timm states.
    """

    name: str
    architecture: str
    input_side: int = 224
    origin: str = ""
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None


def import_backbone(
    content: bytes | Path | BinaryIO, declared: ImportRequest, *, place: Path | None = None
) -> ModelCard:
    """Keep the weights of a safetensors file as a backbone of the user's own; its card.

    Names and shapes are compared before a number is read.

    Args:
        content: the file's bytes, where it lies, or the open file.
        place: where the open file lies: what `medmeta meta-train` wrote beside it of the images
            that it trained on is kept, too.

    Raises:
        BackboneError: the name, the architecture or the side is not possible, or the file is
            hostile, broken, or does not fit.
    """
    name = checked_name(declared.name)
    if declared.architecture == JOINT:
        return _import_joint(Upload("", content), name, declared)
    architecture_of(declared.architecture, declared.input_side)
    if declared.input_side not in SIDES:
        found_side = declared.input_side
        raise BackboneError("input-side", least=SIDES[0], most=SIDES[-1], found=found_side)
    file = Upload("", content)
    weights = open_weights(file)
    targets = targets_of(weights.shapes, declared.architecture, declared.input_side)
    check_shapes(weights.shapes, targets, n_foreign=weights.n_foreign)
    report(0.1)
    card = ModelCard(
        name,
        declared.architecture,
        declared.input_side,
        sha256="",
        unit_length=_has_unit_length(weights),
        saliency=saliency_of(declared.architecture, declared.input_side),
        facts=_facts(file, declared),
    )
    place = content if isinstance(content, Path) else place
    stated, trained_on = _training_beside(place, file.digest()) if place else ({}, frozenset())
    card = replace(card, facts=card.facts | stated)
    statistics = _statistics(declared, is_own=_is_own(weights))
    return keep_backbone(
        lambda: _filled(weights, targets, card, statistics), card, trained_on=trained_on
    )


def _import_joint(file: Upload, name: str, declared: ImportRequest) -> ModelCard:
    """Keep a joint backbone whose members are at hand.

    Raises:
        BackboneError: the file names no sound members, or one that is not at hand as it was.
    """
    weights = open_weights(file)
    try:
        stated = json.loads(weights.members or "[]")
    except (ValueError, RecursionError) as error:
        raise BackboneError("card-members", name=name) from error
    members = members_from(stated, name=name)
    network, _ = joint_network(members, partial(member_beside, own_folder() / f"{name}.json"))
    card = ModelCard(
        name,
        JOINT,
        network.input_side,
        sha256="",
        members=[member.as_json() for member in members],
        facts=_facts(file, declared),
    )
    return keep_backbone(
        lambda: dict(weights.tensors(list(weights.shapes))), card, header=header_of(members)
    )


def _training_beside(weights: Path, sha256: str) -> tuple[dict[str, object], frozenset[str]]:
    """What the card beside own weights states of the images trained on, if it is theirs."""
    beside = weights.with_suffix(".json")
    try:
        card = ModelCard.read(beside)
        recorded = read_training_images(beside) or frozenset()
    except BackboneError:
        return {}, frozenset()
    names = card.facts.get("trained_on")
    if card.sha256 != sha256 or not isinstance(names, list):
        return {}, frozenset()
    return {"trained_on": [str(name) for name in names]}, recorded


def _statistics(declared: ImportRequest, *, is_own: bool) -> dict[str, Tensor]:
    """Mean and std (3, 1, 1) where the network's own do not hold.

    Raises:
        BackboneError: they are not three numbers each, or a spread is not above 0.
    """
    is_of_torchvision = declared.architecture in WHOLE_NETWORKS and not is_own
    usual = {"mean": IMAGENET_MEAN, "std": IMAGENET_STD} if is_of_torchvision else {}
    stated = {"mean": declared.mean, "std": declared.std}
    statistics = usual | {name: values for name, values in stated.items() if values is not None}
    return {
        name: torch.tensor(checked_statistics(name, values)).view(3, 1, 1)
        for name, values in statistics.items()
    }


def _filled(
    weights: WeightsFile,
    targets: Mapping[str, Target],
    card: ModelCard,
    statistics: Mapping[str, Tensor],
) -> State:
    """The state of the network with the file's numbers."""
    network = network_of_card(card)
    for name, values in statistics.items():
        network.get_buffer(name).copy_(values)
    state: State = network.state_dict()
    sources = [source for source in weights.shapes if targets[source].place is not None]
    for done, (source, tensor) in enumerate(weights.tensors(sources)):
        report(0.1 + 0.6 * done / len(sources))
        place = str(targets[source].place)
        if place == HEAD_START:
            state[place] = tensor
        else:
            state[place].copy_(resampled(tensor, state[place].shape))
    return state


def _is_own(weights: WeightsFile) -> bool:
    return any(name.startswith(OWN) for name in weights.shapes)


def _has_unit_length(weights: WeightsFile) -> bool:
    """Of MedMeta's own networks those have that are whitened, of others all."""
    return not _is_own(weights) or WHITENING in weights.shapes


def _facts(file: Upload, declared: ImportRequest) -> dict[str, object]:
    return {
        "intended_use": "Research and education. Not for use on patients.",
        "limits": ["Imported by a user: nobody has measured it here."],
        "origin": declared.origin.strip()[:500] or "not stated",
        "imported": datetime.now(UTC).date().isoformat(),
        "source_sha256": file.digest(),
    }
