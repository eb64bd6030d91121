"""Where each tensor of a file of weights belongs in an `EmbeddingNetwork`, and of which shape.

Three kinds of names are understood: torchvision's (conv1.weight, layer1.0.…) and timm's, whose
classifier is left out, and MedMeta's own (body.0.weight, …, base_mean), as `medmeta meta-train`
writes.
All is found out on torch's device "meta", where a tensor has a shape and no memory.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from medmeta_core.embedding.base_statistics import POWER
from medmeta_core.embedding.files.weights import HEAD_START
from medmeta_core.embedding.modules.positions import POSITIONS, can_be_resampled
from medmeta_core.embedding.modules.timm_modules import TIMM, timm_heads, timm_name
from medmeta_core.embedding.named_network import architecture_of
from medmeta_core.embedding.network import EmbeddingNetwork
from medmeta_core.embedding.torchvision_bodies import WHOLE_NETWORKS
from medmeta_core.errors import BackboneError

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
OWN, WHITENING = "body.", "base_whitening"
OWN_MODULE = "body.0.module."
MASK_TOKEN = "mask_token"
"""Stood for hidden patches in training (DINOv2); no picture has any."""


class Target(NamedTuple):
    """Where a tensor of a file goes.

    Attributes:
        place: its name in the state of an `EmbeddingNetwork`; None for a part of torchvision's
            classifier, which goes nowhere.
        shape: that it must have; None where any will do.
        is_needed: whether a file without it does not fit.
    """

    place: str | None
    shape: tuple[int, ...] | None
    is_needed: bool = True


def targets_of(
    shapes: Mapping[str, tuple[int, ...]], architecture: str, input_side: int
) -> dict[str, Target]:
    """The target of each tensor that a file with these shapes must or may have, by its name there.

    Raises:
        BackboneError: the architecture has no names of torchvision, and the file no others.
    """
    if any(name.startswith(OWN) for name in shapes):
        return _own_targets(architecture, input_side, is_whitened=WHITENING in shapes)
    if architecture.startswith(TIMM):
        return _timm_targets(shapes, architecture, input_side)
    return torchvision_targets(architecture, input_side) | _of_the_head(shapes, architecture)


def _own_targets(architecture: str, input_side: int, *, is_whitened: bool) -> dict[str, Target]:
    with torch.device("meta"):
        description = architecture_of(architecture, input_side)
        network = EmbeddingNetwork(description, input_side, unit_length=is_whitened)
    targets = {
        name: Target(name, tuple(tensor.shape), is_needed=name != POWER)
        for name, tensor in _floating(network).items()
    }
    return targets | {HEAD_START: Target(HEAD_START, (network.n_features,), is_needed=False)}


def _timm_targets(
    shapes: Mapping[str, tuple[int, ...]], architecture: str, input_side: int
) -> dict[str, Target]:
    """The targets of weights under timm's names; those of its classifier go nowhere."""
    with torch.device("meta"):
        network = EmbeddingNetwork(architecture_of(architecture, input_side), input_side)
    heads = (*timm_heads(timm_name(architecture)), MASK_TOKEN)
    targets = {
        name.removeprefix(OWN_MODULE): Target(name, tuple(tensor.shape))
        for name, tensor in _floating(network).items()
        if name.startswith(OWN_MODULE)
    }
    position_target, shape = targets.get(POSITIONS), shapes.get(POSITIONS, ())
    if position_target and position_target.shape and can_be_resampled(shape, position_target.shape):
        targets[POSITIONS] = position_target._replace(shape=shape)
    others = (name for name in shapes if name not in targets and name.startswith(heads))
    return targets | {name: Target(None, None, is_needed=False) for name in others}


def torchvision_targets(architecture: str, input_side: int) -> dict[str, Target]:
    """The targets of weights under torchvision's names, without the classifier's.

    Raises:
        BackboneError: no names of torchvision are known for the architecture.
    """
    if architecture not in WHOLE_NETWORKS:
        raise BackboneError("no-torchvision-names", architecture=architecture)
    kind = WHOLE_NETWORKS[architecture]
    with torch.device("meta"):
        whole = kind.build()
        network = EmbeddingNetwork(architecture, input_side)
    body = kind.body_of(whole)
    places = {id(tensor): name for name, tensor in body.state_dict(keep_vars=True).items()}
    names = {f"{OWN}{name}" for name in network.body.state_dict()}
    targets = {
        name: Target(f"{OWN}{places[id(tensor)]}", tuple(tensor.shape))
        for name, tensor in whole.state_dict(keep_vars=True).items()
        if id(tensor) in places and tensor.is_floating_point()
    }
    return {name: target for name, target in targets.items() if target.place in names}


def check_shapes(
    shapes: Mapping[str, tuple[int, ...]], targets: Mapping[str, Target], *, n_foreign: int = 0
) -> None:
    """Whether a file's tensors are the expected ones: all of them and no others.

    Raises:
        BackboneError: they are not. What the file calls its tensors is not repeated.
    """
    missing = [name for name, one in targets.items() if one.is_needed and name not in shapes]
    if missing:
        raise BackboneError("tensors-missing", n=len(missing), name=missing[0])
    n_foreign += sum(name not in targets for name in shapes)
    if n_foreign:
        raise BackboneError("tensors-foreign", n=n_foreign)
    for name, shape in shapes.items():
        expected = targets[name].shape
        if expected is not None and tuple(shape) != expected:
            actual = str(tuple(shape))
            raise BackboneError("tensor-shape", name=name, expected=str(expected), found=actual)


def torchvision_network(
    tensors: Mapping[str, Tensor], architecture: str, input_side: int
) -> EmbeddingNetwork:
    """The embedding network of weights under torchvision's names.

    Nothing is known of base images, so that embeddings are centred by zeros, not whitened, and
    brought to length 1.

    Raises:
        BackboneError: the tensors are not those of the architecture.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    head = _of_the_head(shapes, architecture)
    targets = torchvision_targets(architecture, input_side)
    check_shapes(shapes, targets | head)
    network = EmbeddingNetwork(architecture, input_side)
    standardise_as_imagenet(network)
    state = network.state_dict()
    for name, target in targets.items():
        state[str(target.place)].copy_(tensors[name])
    return network


def standardise_as_imagenet(network: EmbeddingNetwork) -> None:
    """Have pictures standardised by ImageNet's mean and spread."""
    network.mean.copy_(torch.tensor(IMAGENET_MEAN).view(3, 1, 1))
    network.std.copy_(torch.tensor(IMAGENET_STD).view(3, 1, 1))


def _of_the_head(shapes: Mapping[str, tuple[int, ...]], architecture: str) -> dict[str, Target]:
    """The tensors of torchvision's classifier in a file; they may be missing or another's."""
    head = WHOLE_NETWORKS[architecture].head if architecture in WHOLE_NETWORKS else None
    names = [name for name in shapes if head is not None and name.startswith(head)]
    return {name: Target(None, None, is_needed=False) for name in names}


def _floating(network: EmbeddingNetwork) -> dict[str, Tensor]:
    state: dict[str, Tensor] = network.state_dict()
    return {name: tensor for name, tensor in state.items() if tensor.is_floating_point()}
