"""SimpleShot: the nearest centroid of centred features of length 1 (CL2N).

Wang, Chao, Weinberger, van der Maaten: SimpleShot: Revisiting Nearest-Neighbor Classification
for Few-Shot Learning. 2019, arXiv:1911.04623. Score: minus the squared Euclidean distance to the
condition's centroid, times SCALE (the paper takes the nearest and gives no probability).

The features are the paper's: less the mean over the base images and brought to length 1, not
whitened. A backbone whose embedding is whitened is turned back first; prototypical networks
judge in the whitened embedding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import Backbone
from medmeta_core.episodes import SupportSet
from medmeta_core.methods.classifier import Classifier
from medmeta_core.methods.heads import all_kept, balanced_fold_weights, on_embedding
from medmeta_core.methods.prototypical import PrototypeHead

SCALE = 4.0


class CentredUnitLength(nn.Module):
    """CL2N features (n, d) of a backbone's embeddings (n, d): section 3 of the paper."""

    unwhitening: Tensor

    def __init__(self, unwhitening: Tensor) -> None:
        super().__init__()
        self.register_buffer("unwhitening", unwhitening)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Features of length 1.

        The length that an embedding lost when whitened does not matter: only its direction does.
        """
        return F.normalize(embeddings @ self.unwhitening, dim=-1)


@dataclass(frozen=True)
class SimpleShot:
    """Nearest centroids in the CL2N features of a backbone."""

    backbone: Backbone

    @property
    def settings(self) -> Mapping[str, float]:
        """The scale of the squared distances."""
        return {"scale": SCALE}

    @cached_property
    def _normalise(self) -> CentredUnitLength:
        return CentredUnitLength(self.backbone.unwhitening)

    def fit(self, support: SupportSet) -> Classifier:
        """A classifier by the nearest centroid."""
        return next(self.fit_each(support, all_kept(support.labels)))

    def fit_each(self, support: SupportSet, kept: Tensor) -> Iterator[Classifier]:
        """One classifier for each row of `kept` (m, n), the centroids of all at once."""
        features = self._normalise(self.backbone.embed(support.pixels))
        shares = balanced_fold_weights(support.labels, kept)[:, None] * F.one_hot(support.labels).T
        n_conditions = len(support.conditions)
        centroids = n_conditions * shares.to(features) @ features  # (m, n_conditions, d)
        for means in centroids:
            head = nn.Sequential(self._normalise, PrototypeHead(means, SCALE))
            yield on_embedding(self.backbone, support.conditions, head)
