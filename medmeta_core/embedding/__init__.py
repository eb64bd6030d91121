"""Pixels → embedding: architectures, weights with card and digest, memory of features."""

from medmeta_core.embedding.backbone import Backbone
from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.network import EmbeddingNetwork
from medmeta_core.embedding.weights import (
    DEFAULT_BACKBONE,
    backbone_card,
    backbone_names,
    load_backbone,
    read_backbone,
    write_backbone,
)

__all__ = [
    "DEFAULT_BACKBONE",
    "Backbone",
    "EmbeddingNetwork",
    "ModelCard",
    "backbone_card",
    "backbone_names",
    "load_backbone",
    "read_backbone",
    "write_backbone",
]
