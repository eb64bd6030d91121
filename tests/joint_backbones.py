"""Small joint backbones on disk."""

from pathlib import Path

import torch

from medmeta_core.embedding import EmbeddingNetwork, ModelCard, read_backbone, write_backbone
from medmeta_core.embedding.files.joint_weights import joint_network
from medmeta_core.embedding.files.weights import write_joint
from medmeta_core.embedding.joint.member import Member

ALL = ("whole", "mirrored", "centre")


def written(folder: Path, name: str, side: int, *, seed: int) -> ModelCard:
    """A Conv-4 with random weights and statistics, on disk."""
    torch.manual_seed(seed)
    network = EmbeddingNetwork("conv4", side).eval().requires_grad_(False)
    network.base_mean.normal_()
    return write_backbone(folder, network, ModelCard(name, "conv4", side, sha256=""))


def joint_card(
    folder: Path, name: str = "both", views: tuple[str, ...] = ALL, *, unmirrored: str = ""
) -> Path:
    """Where the card of a joint backbone in `folder` lies, its members beside it.

    Two networks, the first with these views and twice the weight.
    """
    cards = [written(folder, "first", 32, seed=0), written(folder, "second", 48, seed=1)]
    members = [
        Member("first", cards[0].sha256, views, 2.0),
        Member("second", cards[1].sha256),
    ]
    network, _ = joint_network(members, lambda name: read_backbone(folder / f"{name}.json"))
    torch.manual_seed(2)
    for one in network.networks():
        one.base_mean.normal_()
        one.base_whitening.copy_(torch.randn_like(one.base_whitening) / 8)
    stated = [member.as_json() for member in members]
    card = ModelCard(name, "joint", 48, "", members=stated, unmirrored=unmirrored)
    write_joint(folder, network, card)
    return folder / f"{name}.json"
