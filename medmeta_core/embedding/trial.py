"""A network tried on two unlike pictures before it is taken as a backbone."""

import torch
from torch import Tensor

from medmeta_core.errors import BackboneError

ROUNDING = 1e-6
"""Embeddings that differ by less, in their own length, differ by the rounding of float32."""

NEARLY_ALIKE = 1e-3
"""Trained networks tell the two pictures apart by a tenth and more. What differs by less is a
network whose weights were not loaded: its batch statistics or the scales of its layers are those
from before the training, and so little of a picture passes that heat maps are faint or blank.
"""


def trial_pictures(side: int) -> Tensor:
    """Pictures (2, 3, side, side) in [0, 1]: noise, and a ramp from black to white."""
    noise = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    return torch.cat([noise, torch.linspace(0, 1, side).expand(1, 3, side, side)])


def embedding_difference(embeddings: Tensor) -> float:
    """How far the embeddings (2, d) of the two pictures lie apart, in lengths of the first.

    Raises:
        BackboneError: they are not finite, nothing but zeros, or the same within rounding.
    """
    if not bool(embeddings.isfinite().all()) or not bool(embeddings.any()):
        raise BackboneError("no-embedding")
    one, other = embeddings.double()
    difference = float((one - other).norm() / max(float(one.norm()), float(other.norm())))
    if difference < ROUNDING:
        raise BackboneError("embedding-constant")
    return difference
