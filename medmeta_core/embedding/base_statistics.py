"""How features become embeddings by what the base pictures are like: bent, centred, whitened.

Features of rectified networks are many small values and few large ones. Their square roots are
spread more evenly, so that a few examples tell more (Tukey's ladder of powers: Yang et al. 2021,
arXiv:2101.06395; signed square roots: Perronnin et al. 2010, "Improving the Fisher kernel").
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

POWER = "base_power"

NEAR_ZERO = 1e-3
"""Where the power bends into a straight line, so that its slope at 0 is finite."""


def bent(features: Tensor, power: Tensor) -> Tensor:
    """Features of any shape, the sign kept, their size raised to a power () in (0, 1].

    >>> bent(torch.tensor([-4.0, 0.0, 4.0]), torch.tensor(0.5))
    tensor([-1.9686,  0.0000,  1.9686])
    >>> bent(torch.tensor([-4.0, 0.0, 4.0]), torch.tensor(1.0)).tolist()
    [-4.0, 0.0, 4.0]
    """
    exponent = float(power)
    if exponent == 1:
        return features
    size = (features.abs() + NEAR_ZERO) ** exponent - NEAR_ZERO**exponent
    result: Tensor = features.sign() * size
    return result


def whitened(features: Tensor, power: Tensor, mean: Tensor, whitening: Tensor) -> Tensor:
    """Embeddings (n, d) of length 1, for features (n, d).

    Args:
        power: () as `bent` has it.
        mean: (d,) of the base pictures' bent features; `whitening` (d, d) of the same.
    """
    return F.normalize((bent(features, power) - mean) @ whitening, dim=-1)


def is_power(value: Tensor) -> bool:
    """Whether a tensor of a file can be a power."""
    return value.numel() == 1 and 0 < float(value) <= 1


def with_power(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state of a whitened network, with the power 1 where the file is older than powers."""
    return {POWER: torch.ones(())} | dict(state)
