"""A backbone whose embeddings of certain pictures are known: it is asked for them by place.

Where the same pictures are asked for again and again (every fold, every episode), looking up by
the content of a picture, as `Backbone` does, would hash it each time.
"""

from dataclasses import dataclass, field, fields
from functools import cached_property

import torch
from torch import Tensor

from medmeta_core.embedding.backbone import Backbone


@dataclass(frozen=True, eq=False)
class EmbeddedBackbone(Backbone):
    """A backbone with the embeddings (n, d) of n pictures; a picture is told by its place."""

    features: Tensor = field(default_factory=lambda: torch.empty(0, 0))
    whole: Backbone | None = None

    @cached_property
    def unwhitening(self) -> Tensor:
        """That of the whole backbone, which computes it once."""
        return super().unwhitening if self.whole is None else self.whole.unwhitening

    def embed(self, pixels: Tensor) -> Tensor:
        """Embeddings (m, d) of the pictures at places (m, 1, 1, 1)."""
        return self.features.index_select(0, pixels.flatten())

    def embed_float32(self, pixels: Tensor) -> Tensor:
        """The same: known is known."""
        return self.embed(pixels)


def embedded_backbone(backbone: Backbone, features: Tensor) -> EmbeddedBackbone:
    """The backbone with the embeddings (n, d) of n pictures."""
    known = {one.name: getattr(backbone, one.name) for one in fields(Backbone) if one.init}
    return EmbeddedBackbone(**known, features=features, whole=backbone)


def places(n: int) -> Tensor:
    """What stands for the pixels of n pictures: (n, 1, 1, 1), 0 to n - 1.

    Whole numbers, so that a network that is given them by mistake fails.
    """
    return torch.arange(n)[:, None, None, None]
