"""SimpleShot: the nearest centroid of centred features of length 1 (CL2N).

Wang, Chao, Weinberger, van der Maaten: SimpleShot: Revisiting Nearest-Neighbor Classification
for Few-Shot Learning. 2019, arXiv:1911.04623. Score: minus the squared Euclidean distance to the
condition's centroid, times a scale (the paper takes the nearest and gives no probability).

The features are the paper's: less the mean over the base images and brought to length 1, not
whitened. A backbone whose embedding is whitened is turned back first; prototypical networks
classify in the whitened embedding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property

import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import Backbone
from medmeta_core.methods.hyper_parameters import (
    check_hyper_parameters,
    hyper_parameter,
    hyper_parameters_of,
)
from medmeta_core.methods.prototypical import PrototypeHead, prototypes_of_folds


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
    """Nearest centroids in the CL2N features of a backbone.

    Attributes:
        scale: of the squared distances.
    """

    backbone: Backbone
    _: KW_ONLY
    scale: float = hyper_parameter(4.0, "positive")

    def __post_init__(self) -> None:
        check_hyper_parameters(self)

    @property
    def settings(self) -> Mapping[str, float]:
        """The scale of the squared distances."""
        return hyper_parameters_of(self)

    @cached_property
    def _normalise(self) -> CentredUnitLength:
        return CentredUnitLength(self.backbone.unwhitening)

    def heads(self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor) -> Iterator[nn.Module]:
        """The nearest centroid, for each row of `keep_masks` (m, n) at once."""
        for means in prototypes_of_folds(self._normalise(embeddings), labels, keep_masks):
            yield nn.Sequential(self._normalise, PrototypeHead(means, self.scale))
