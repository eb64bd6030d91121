"""A user's own file of weights → a backbone with a card, if it fits a known architecture.

Two kinds of names are understood: torchvision's (conv1.weight, layer1.0.…), whose classifier
is left out, and MedMeta's own (body.0.weight, …, base_mean), as `medmeta meta-train` writes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import torch
from torch import Tensor

from medmeta_core.embedding.architectures import ARCHITECTURES
from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.network import EmbeddingNetwork
from medmeta_core.embedding.own_backbones import checked_name, keep_backbone
from medmeta_core.embedding.safetensors_file import read_tensors
from medmeta_core.embedding.torchvision_bodies import WHOLE_NETWORKS
from medmeta_core.embedding.weights import HEAD_START
from medmeta_core.errors import BackboneError
from medmeta_core.progress import report

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIDES = range(32, 513)


@dataclass(frozen=True)
class Declared:
    """What the user says of a file.

    Attributes:
        input_side: pixels a side at which the network was trained.
        origin: where the weights come from and under which terms, in the user's words.
    """

    name: str
    architecture: str
    input_side: int = 224
    origin: str = ""


def import_backbone(content: bytes, declared: Declared) -> ModelCard:
    """Keep the weights of a safetensors file as a backbone of the user's own; its card.

    Raises:
        BackboneError: the name, the architecture or the side is not possible, or the file is
            hostile, broken, or does not fit.
    """
    name = checked_name(declared.name)
    if declared.architecture not in ARCHITECTURES:
        raise BackboneError(
            f"Architecture {declared.architecture[:40]!r} is unknown; there are: "
            f"{', '.join(ARCHITECTURES)}.",
            rule="unknown-architecture",
        )
    if declared.input_side not in SIDES:
        raise BackboneError(
            f"A side has {SIDES[0]} to {SIDES[-1]} pixels; found {declared.input_side}.",
            rule="input-side",
        )
    tensors = read_tensors(content)
    report(0.3)
    is_own = any(key.startswith("body.") for key in tensors)
    fill = _own_network if is_own else torchvision_network
    network = fill(tensors, declared.architecture, declared.input_side)
    report(0.6)
    card = ModelCard(
        name,
        declared.architecture,
        declared.input_side,
        sha256="",
        unit_length=network.unit_length,
        facts=_facts(content, declared),
    )
    return keep_backbone(network, card, tensors.get(HEAD_START))


def torchvision_network(
    tensors: Mapping[str, Tensor], architecture: str, input_side: int
) -> EmbeddingNetwork:
    """The embedding network of weights under torchvision's names.

    Pictures are standardised by ImageNet's mean and spread. Nothing is known of base images,
    so that embeddings are centred by zeros, not whitened, and brought to length 1.

    Raises:
        BackboneError: the tensors are not those of the architecture.
    """
    if architecture not in WHOLE_NETWORKS:
        raise _unfit(f"no names of torchvision are known for {architecture}")
    kind = WHOLE_NETWORKS[architecture]
    whole = kind.build()
    body = {key: value for key, value in tensors.items() if not key.startswith(kind.head)}
    expected = {k: v for k, v in whole.state_dict().items() if not k.startswith(kind.head)}
    _check_shapes(body, expected)
    whole.load_state_dict(body, strict=False)
    network = EmbeddingNetwork(architecture, input_side)
    network.body.load_state_dict(kind.body_of(whole).state_dict())
    network.mean.copy_(torch.tensor(IMAGENET_MEAN).view(3, 1, 1))
    network.std.copy_(torch.tensor(IMAGENET_STD).view(3, 1, 1))
    return network


def _own_network(
    tensors: Mapping[str, Tensor], architecture: str, input_side: int
) -> EmbeddingNetwork:
    """The embedding network of weights under MedMeta's own names.

    Raises:
        BackboneError: the tensors are not those of the architecture.
    """
    is_whitened = "base_whitening" in tensors
    network = EmbeddingNetwork(architecture, input_side, unit_length=is_whitened)
    weights = {key: tensor for key, tensor in tensors.items() if key != HEAD_START}
    _check_shapes(weights, network.state_dict())
    head_start = tensors.get(HEAD_START, torch.zeros(network.n_features))
    _check_shapes({HEAD_START: head_start}, {HEAD_START: torch.zeros(network.n_features)})
    network.load_state_dict(weights, strict=False)
    return network


def _check_shapes(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Whether the floating tensors are the expected ones: all of them and no others."""
    floating = {key: tensor for key, tensor in expected.items() if tensor.is_floating_point()}
    missing = [key for key in floating if key not in tensors]
    if missing:
        raise _unfit(f"{len(missing)} tensors are missing, such as {missing[0]}")
    foreign = [key for key in tensors if key not in floating]
    if foreign:
        raise _unfit(f"{len(foreign)} tensors belong to no part of it, such as {foreign[0][:80]}")
    for key, tensor in tensors.items():
        if tensor.shape != floating[key].shape:
            shapes = tuple(floating[key].shape), tuple(tensor.shape)
            raise _unfit(f"{key}: expected {shapes[0]}, found {shapes[1]}")


def _facts(content: bytes, declared: Declared) -> dict[str, object]:
    return {
        "intended_use": "Research and education. Not for use on patients.",
        "limits": ["Imported by a user: nobody has measured it here."],
        "origin": declared.origin.strip()[:500] or "not stated",
        "imported": datetime.now(UTC).date().isoformat(),
        "source_sha256": hashlib.sha256(content).hexdigest(),
    }


def _unfit(why: str) -> BackboneError:
    return BackboneError(f"The file does not fit the architecture: {why}.", rule="wrong-shape")
