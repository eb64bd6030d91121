"""`Backbone`: a trained embedding network with its card."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.feature_memory import FeatureMemory
from medmeta_core.embedding.network import EmbeddingNetwork

BATCH = 16


@dataclass(frozen=True, eq=False)
class Backbone:
    """A network in evaluation mode; nobody changes it.

    Attributes:
        head_start: (d,) meta-learned starting weights of a linear head, the same for every
            condition (UNICORN-MAML, Ye & Chao 2021, arXiv:2106.16245); zero where not learned.
    """

    card: ModelCard
    network: EmbeddingNetwork
    head_start: Tensor
    _memory: FeatureMemory = field(default_factory=FeatureMemory)

    @property
    def name(self) -> str:
        """The name in the card."""
        return self.card.name

    @property
    def n_features(self) -> int:
        """Length d of an embedding."""
        return self.network.n_features

    def embed(self, pixels: Tensor) -> Tensor:
        """Embeddings (n, d) for pixels (n, 3, h, w) in [0, 1]; no gradient."""
        return self._memory.recall(pixels, self._embed)

    @torch.inference_mode()
    def _embed(self, pixels: Tensor) -> Tensor:
        batches = torch.split(pixels.contiguous(memory_format=torch.channels_last), BATCH)
        return torch.cat([self.network(batch) for batch in batches])
