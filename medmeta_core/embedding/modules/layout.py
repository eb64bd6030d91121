"""How a layer's output holds the places of a picture: as maps, or as a sequence of tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Literal

import torch
from torch import Tensor

MOST_PREFIX_TOKENS = 16
"""Class and register tokens that are looked for before the tokens of the patches."""


@dataclass(frozen=True)
class Layout:
    """Where the places of an output are.

    Attributes:
        kind: "maps" (n, c, g, g), "channels-last" (n, g, g, c), or "tokens" (n, p + g², c).
        side: g, places a side.
        n_prefix: p, class and register tokens before those of the patches.
    """

    kind: Literal["maps", "channels-last", "tokens"]
    side: int
    n_prefix: int = 0

    def maps(self, output: Tensor) -> Tensor:
        """The output as maps (n, c, g, g), class and register tokens dropped."""
        if self.kind == "maps":
            return output
        if self.kind == "channels-last":
            return output.permute(0, 3, 1, 2)
        patches = output[:, self.n_prefix :]
        return patches.transpose(1, 2).reshape(len(output), -1, self.side, self.side)

    def restored(self, maps: Tensor, output: Tensor) -> Tensor:
        """The output with these maps in the place of its own."""
        if self.kind == "maps":
            return maps
        if self.kind == "channels-last":
            return maps.permute(0, 2, 3, 1)
        patches = maps.flatten(2).transpose(1, 2)
        return torch.cat([output[:, : self.n_prefix], patches], dim=1)


def layout_of(shape: Sequence[int], *, n_prefix: int | None = None) -> Layout | None:
    """The layout of an output of this shape; None where it has no square of places.

    >>> layout_of((1, 512, 7, 7)), layout_of((1, 7, 7, 768)).kind
    (Layout(kind='maps', side=7, n_prefix=0), 'channels-last')
    >>> layout_of((1, 261, 768))  # a class token and four registers before 16 x 16 patches
    Layout(kind='tokens', side=16, n_prefix=5)
    >>> layout_of((1, 512, 7, 9)) is layout_of((1, 1000)) is None
    True

    Args:
        n_prefix: class and register tokens, where it is known; else the fewest that leave a square.
    """
    if len(shape) == 4:
        if shape[2] == shape[3]:
            return Layout("maps", shape[2])
        return Layout("channels-last", shape[1]) if shape[1] == shape[2] else None
    if len(shape) != 3:
        return None
    counts = range(MOST_PREFIX_TOKENS + 1) if n_prefix is None else (n_prefix, 0)
    for p in counts:
        side = isqrt(max(shape[1] - p, 0))
        if side and side * side == shape[1] - p:
            return Layout("tokens", side, p)
    return None
