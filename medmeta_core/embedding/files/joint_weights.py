"""A joint backbone on disk: its base statistics, and which backbones it consists of.

The weights of its members lie in their own files. Their names and digests stand in the header of
the safetensors file, so that the digest in the card vouches for them too.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from medmeta_core.embedding.backbone import Backbone
from medmeta_core.embedding.base_statistics import POWER, is_power, with_power
from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.inference.runtime import Runtime
from medmeta_core.embedding.joint.joint_network import JointNetwork, MemberNetwork
from medmeta_core.embedding.joint.joint_runtime import JointRuntime
from medmeta_core.embedding.joint.member import Member, members_from
from medmeta_core.embedding.network import EmbeddingNetwork
from medmeta_core.errors import BackboneError

ARCHITECTURE = "joint"
"""In the card of a joint backbone."""

MEMBERS = "members"

Load = Callable[[str], Backbone]
"""Gives the backbone of a name."""


def joint_network(members: Sequence[Member], load: Load) -> tuple[JointNetwork, list[Backbone]]:
    """The network of these members, its statistics empty; and the backbones that it is of.

    Raises:
        BackboneError: a member is missing, has other weights, or is a joint backbone itself.
    """
    backbones = [load(member.name) for member in members]
    networks = []
    for member, backbone in zip(members, backbones, strict=True):
        if backbone.card.sha256 != member.sha256:
            raise BackboneError("member-changed", name=member.name)
        if not isinstance(backbone.network, EmbeddingNetwork):
            raise BackboneError("member-joint", name=member.name)
        networks.append(MemberNetwork(backbone.network, member))
    return JointNetwork(networks), backbones


def read_joint(
    card: ModelCard, path: Path, load: Load, parts: Mapping[str, Mapping[str, Tensor]]
) -> Backbone:
    """The backbone of a card whose statistics lie at `path`; their digest was checked.

    Raises:
        BackboneError: as `joint_network`; or file and card do not fit each other.
    """
    members = members_from(card.members, name=card.name)
    statistics, stated = _read(path)
    if stated != [member.as_json() for member in members]:
        raise BackboneError("card-members", name=card.name)
    network, backbones = joint_network(members, load)
    _fill(network, statistics, path)
    network.eval().requires_grad_(False)
    return Backbone(
        card,
        network,
        torch.zeros(network.n_features),
        parts,
        runtime_of_members(network, backbones),
    )


def runtime_of_members(network: JointNetwork, backbones: Sequence[Backbone]) -> JointRuntime:
    """The runtime of a joint network, by the engines that its members' backbones use too."""
    runtimes = [
        backbone.runtime if isinstance(backbone.runtime, Runtime) else Runtime(one.network)
        for backbone, one in zip(backbones, network.networks(), strict=True)
    ]
    return JointRuntime(network, runtimes)


def joint_content(network: JointNetwork) -> bytes:
    """What the file of a joint network holds: statistics as float16, members in the header."""
    statistics = {
        f"{place}.{name}": getattr(one, name).half().contiguous()
        for place, one in enumerate(network.networks())
        for name in STATISTICS
    }
    return save(statistics, header_of([one.member for one in network.networks()]))


STATISTICS = (POWER, "base_mean", "base_whitening")


def header_of(members: Sequence[Member]) -> dict[str, str]:
    """What stands in the header of the weights: the members, as JSON."""
    return {MEMBERS: json.dumps([member.as_json() for member in members])}


def _read(path: Path) -> tuple[Mapping[str, Tensor], Any]:
    try:
        with safe_open(path, "pt") as file:
            stated = json.loads((file.metadata() or {}).get(MEMBERS, "null"))
            return {key: file.get_tensor(key).float() for key in file.keys()}, stated  # noqa: SIM118
    except (SafetensorError, json.JSONDecodeError) as error:
        raise BackboneError("wrong-shape", file=path.name) from error


def _fill(network: JointNetwork, statistics: Mapping[str, Tensor], path: Path) -> None:
    for place, one in enumerate(network.networks()):
        prefix = f"{place}."
        stated = with_power(
            {
                name.removeprefix(prefix): tensor
                for name, tensor in statistics.items()
                if name.startswith(prefix)
            }
        )
        for name in STATISTICS:
            buffer, tensor = one.get_buffer(name), stated.get(name)
            if tensor is None or tensor.shape != buffer.shape:
                raise BackboneError("wrong-shape", file=path.name)
            if not bool(tensor.isfinite().all()):
                raise BackboneError("not-finite", name=path.name)
            buffer.copy_(tensor)
        if not is_power(one.base_power):
            raise BackboneError("wrong-shape", file=path.name)
