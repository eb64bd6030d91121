"""Learned positions of a vision transformer, for another number of patches than it was trained on.

Bicubic, with antialias, as timm resamples them when its weights are loaded at another side.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.embedding.modules.layout import layout_of

POSITIONS = "pos_embed"


def can_be_resampled(shape: Sequence[int], target: Sequence[int]) -> bool:
    """Whether positions of one shape (1, p + g², d) become those of the other by resampling.

    >>> can_be_resampled((1, 1370, 768), (1, 257, 768)), can_be_resampled((1, 1370, 768), (1, 256))
    (True, False)
    """
    one, other = layout_of(shape), layout_of(target)
    return (
        len(shape) == len(target) == 3
        and one is not None
        and other is not None
        and (one.n_prefix, shape[-1]) == (other.n_prefix, target[-1])
    )


def resampled(positions: Tensor, target: Sequence[int]) -> Tensor:
    """The positions (1, p + g², d) in the shape wanted; any tensor of that shape as it is."""
    if tuple(positions.shape) == tuple(target):
        return positions
    one, other = layout_of(positions.shape), layout_of(target)
    if one is None or other is None:
        raise ValueError(f"positions: expected a square, actual {tuple(positions.shape)}")
    side = (other.side, other.side)
    maps = F.interpolate(one.maps(positions), side, mode="bicubic", antialias=True)
    return torch.cat([positions[:, : one.n_prefix], maps.flatten(2).transpose(1, 2)], dim=1)
