"""A set whose pictures were embedded once, so that thousands of episodes cost only their heads."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from medmeta_core.datasets.labelled_set import LabelledSet
from medmeta_core.embedding import Backbone
from medmeta_core.embedding.embedded import embedded_backbone, places
from medmeta_core.episodes import SupportSet
from medmeta_core.methods import FewShotMethod
from medmeta_core.progress import Progress, silent

BATCH = 64


def by_place(labelled: LabelledSet) -> LabelledSet:
    """The same set with the place of each picture instead of its pixels.

    For methods on an `embedded_backbone` that knows the embeddings of these pictures.
    """
    return replace(labelled, pixels=places(len(labelled.labels)))


def needs_pixels(make: Callable[[Backbone], FewShotMethod], backbone: Backbone) -> bool:
    """Whether a method looks at the pixels themselves: it cannot be fitted to places of pictures.

    Raises:
        BackboneError: the method needs learned weights that the backbone does not have.
    """
    generator = torch.Generator().manual_seed(0)
    known = torch.randn(4, backbone.n_features, generator=generator)
    support = SupportSet(places(4), torch.tensor([0, 0, 1, 1]), ("one", "other"))
    try:
        make(embedded_backbone(backbone, known)).fit(support)
    except (RuntimeError, TypeError, ValueError):
        return True
    return False


@torch.inference_mode()
def embed_all(backbone: Backbone, labelled: LabelledSet, progress: Progress = silent) -> Tensor:
    """Embeddings (n, d) of all pictures of a set."""
    parts = []
    n = len(labelled.labels)
    for positions in torch.split(torch.arange(n), BATCH):
        progress(float(positions[0]) / n, f"picture {int(positions[0]) + 1} of {n}")
        parts.append(backbone.embed(labelled.images(positions)))
    return torch.cat(parts)
