"""A set whose pictures were embedded once, so that thousands of episodes cost only their heads.

The methods run unchanged: in the place of pixels they are given the place of each picture in
the set, and the backbone they rest on looks the embedding up there. Looking up by the content
of the picture, as the dashboard does, would hash 100 pictures in every episode.
"""

from dataclasses import dataclass, field, fields, replace

import torch
from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.evaluation.labelled_set import LabelledSet
from medmeta_core.progress import Progress, silent

BATCH = 64


@dataclass(frozen=True, eq=False)
class EmbeddedBackbone(Backbone):
    """A backbone that knows the embeddings (n, d) of one set, asked for by place (m, 1, 1, 1)."""

    features: Tensor = field(default_factory=lambda: torch.empty(0, 0))

    def embed(self, pixels: Tensor) -> Tensor:
        """Embeddings (m, d) of the pictures at these places."""
        return self.features[pixels[:, 0, 0, 0]]


def embedded_backbone(backbone: Backbone, features: Tensor) -> EmbeddedBackbone:
    """The backbone with the embeddings (n, d) of a set's pictures."""
    known = {one.name: getattr(backbone, one.name) for one in fields(Backbone) if one.init}
    return EmbeddedBackbone(**known, features=features)


def by_place(labelled: LabelledSet) -> LabelledSet:
    """The same set with the place of each picture instead of its pixels."""
    places = torch.arange(len(labelled.labels))  # whole numbers: no network takes them for pixels
    return replace(labelled, pixels=places[:, None, None, None])


@torch.inference_mode()
def embed_all(backbone: Backbone, labelled: LabelledSet, progress: Progress = silent) -> Tensor:
    """Embeddings (n, d) of all pictures of a set."""
    parts = []
    for places in torch.split(torch.arange(len(labelled.labels)), BATCH):
        progress(float(places[0]) / len(labelled.labels), f"picture {int(places[0]) + 1}")
        parts.append(backbone.embed(labelled.images(places)))
    return torch.cat(parts)
