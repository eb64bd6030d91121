"""Pixels → embedding: architectures, weights with card and digest, memory of features."""

from medmeta_core.embedding.backbone import Backbone
from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.files.importing import ImportRequest, import_backbone
from medmeta_core.embedding.files.locations import own_names, shipped_names
from medmeta_core.embedding.files.torchvision import PUBLISHED, Published, fetch_backbone
from medmeta_core.embedding.files.user_backbones import remove_backbone, sweep_backbones
from medmeta_core.embedding.files.weights import (
    DEFAULT_BACKBONE,
    backbone_card,
    backbone_names,
    load_backbone,
    read_backbone,
    write_backbone,
)
from medmeta_core.embedding.network import EmbeddingNetwork, Network

__all__ = [
    "DEFAULT_BACKBONE",
    "PUBLISHED",
    "Backbone",
    "ImportRequest",
    "EmbeddingNetwork",
    "Network",
    "ModelCard",
    "Published",
    "backbone_card",
    "backbone_names",
    "fetch_backbone",
    "import_backbone",
    "load_backbone",
    "own_names",
    "read_backbone",
    "remove_backbone",
    "shipped_names",
    "sweep_backbones",
    "write_backbone",
]
