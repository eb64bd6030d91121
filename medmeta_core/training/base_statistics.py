"""Mean and spread of a network's features over the base pictures: what CL2N subtracts."""

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.training.inputs.base_images import BaseImages

WHITENING_FLOOR = 0.1
"""Share of the mean variance that is added to every direction before whitening."""


@torch.inference_mode()
def with_base_statistics(network: EmbeddingNetwork, images: BaseImages) -> EmbeddingNetwork:
    """The network with mean and whitening of its features over the base pictures, uncropped."""
    side = (network.input_side, network.input_side)
    shown = (
        F.interpolate(images.pixels[chunk].float() / 255, side, mode="bilinear", antialias=True)
        for chunk in torch.split(torch.nonzero(images.labels >= 0).flatten(), 64)
    )
    features = torch.cat([network.pooled(pixels) for pixels in shown])
    network.base_mean.copy_(features.mean(0))
    if network.unit_length:
        network.base_whitening.copy_(whitening(features))
    return network


def whitening(features: Tensor) -> Tensor:
    """The map (d, d) after which centred features (n, d) vary alike in every direction.

    PCA whitening; directions that hardly vary are held back by WHITENING_FLOOR. What two
    conditions of a new task differ in is seldom what varies most among the base pictures.
    """
    return whitening_of(torch.cov(features.T.double())).to(features)


def whitening_of(covariance: Tensor) -> Tensor:
    """The map (d, d) of features of this covariance (d, d), float64."""
    spreads, axes = torch.linalg.eigh(covariance)
    floor = WHITENING_FLOOR * spreads.mean()
    scaled: Tensor = axes * (spreads.clamp_min(0) + floor).rsqrt()
    return scaled
