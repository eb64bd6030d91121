"""The views of a picture that a network looks at, and where their places lie in the picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

CENTRE = 0.8
"""Share of a side that the centre crop keeps."""


@dataclass(frozen=True)
class View:
    """A view, and the way back.

    Attributes:
        of: pixels (n, 3, h, w) → pixels (n, 3, h', w').
        back: maps (n, s, s) of the view → maps (n, s, s) of the whole picture, 0 where the view
            does not reach.
    """

    of: Callable[[Tensor], Tensor]
    back: Callable[[Tensor], Tensor]


def _same(tensor: Tensor) -> Tensor:
    return tensor


def _mirrored(tensor: Tensor) -> Tensor:
    return tensor.flip(-1)


def _centre(pixels: Tensor) -> Tensor:
    height, width = pixels.shape[-2:]
    top, left = (_margin(side) for side in (height, width))
    return pixels[..., top : height - top, left : width - left]


def _margin(side: int) -> int:
    """Pixels that the centre crop leaves out at either end of a side."""
    return round(side * (1 - CENTRE) / 2)


def _from_centre(maps: Tensor) -> Tensor:
    side = maps.shape[-1]
    margin = _margin(side)
    within = side - 2 * margin
    small = F.interpolate(maps[:, None], (within, within), mode="bilinear", antialias=True)
    return F.pad(small[:, 0], (margin,) * 4)


MIRRORED = "mirrored"

VIEWS: Mapping[str, View] = {
    "whole": View(_same, _same),
    MIRRORED: View(_mirrored, _mirrored),
    "centre": View(_centre, _from_centre),
}
"""By name: the picture as it is, left and right exchanged, and its inner four fifths."""


def views_of(pixels: Tensor, names: tuple[str, ...], side: int) -> Tensor:
    """The views (n_views * n, 3, side, side) of pixels (n, 3, h, w), view by view.

    >>> views_of(torch.rand(2, 3, 20, 20), ("whole", "centre"), 10).shape
    torch.Size([4, 3, 10, 10])
    """
    return torch.cat([view_of(pixels, name, side) for name in names])


def view_of(pixels: Tensor, name: str, side: int) -> Tensor:
    """One view (n, 3, side, side) of pixels (n, 3, h, w)."""
    view = VIEWS[name].of(pixels)
    if view.shape[-2:] == (side, side):
        return view
    return F.interpolate(view, (side, side), mode="bilinear", antialias=True)


def joined_views(maps: Tensor, names: tuple[str, ...], side: int) -> Tensor:
    """One map (side, side) of the whole picture: the mean of the views' maps (n_views, h, w)."""
    large = F.interpolate(maps[:, None], (side, side), mode="bilinear", align_corners=False)
    return torch.stack(
        [VIEWS[name].back(one)[0] for name, one in zip(names, large, strict=True)]
    ).mean(0)
