"""A backbone for examples that are embeddings already: it never sees an image."""

import torch
from torch import Tensor, nn

from medmeta_core.embedding.backbone import Backbone
from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.network import EmbeddingNetwork

PRECOMPUTED = "precomputed"
"""The name of such a backbone."""


class _Vectors(EmbeddingNetwork):
    """Embeddings (n, d) of vectors (n, d): the vectors."""

    def __init__(self, n_features: int) -> None:
        nn.Module.__init__(self)
        self.n_features = n_features
        self.unit_length = False
        self.input_side = 1
        self.body = nn.Sequential(nn.Identity())

    def forward(self, pixels: Tensor) -> Tensor:
        """The vectors."""
        return pixels


def vector_backbone(n_features: int) -> Backbone:
    """The backbone of embeddings (n, n_features) from elsewhere, taken as they are.

    Methods that fit heads work on it; those that look at pixels or need weights of their own
    do not.
    """
    card = ModelCard(
        PRECOMPUTED, architecture=PRECOMPUTED, input_side=1, sha256="", scale=1.0, unit_length=False
    )
    network = _Vectors(n_features).eval()
    return Backbone(card, network, initial_head=torch.zeros(n_features))
