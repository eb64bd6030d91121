"""The networks that turn a square of pixels into feature maps, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn
from torchvision.models import resnet18

from medmeta_core.embedding import efficientnet_lite
from medmeta_core.embedding.torchvision_bodies import WHOLE_NETWORKS, new_body


def conv4(width: int = 32) -> nn.Sequential:
    """Conv-4, the backbone of the few-shot papers (Vinyals et al. 2016; 32 channels as in MAML).

    Group norm in the place of batch norm: the papers normalise by the batch of queries, so
    that one patient's answer would depend on who else is in the batch.
    """
    channels = [3, width, width, width, width]
    blocks = [
        nn.Sequential(
            nn.Conv2d(before, after, 3, padding=1, bias=False),
            nn.GroupNorm(8, after),
            nn.MaxPool2d(2),  # before ReLU: same function, faster
            nn.ReLU(),
        )
        for before, after in zip(channels, channels[1:], strict=False)
    ]
    return nn.Sequential(*blocks)


def resnet18_body() -> nn.Sequential:
    """ResNet-18 (He et al. 2015, arXiv:1512.03385) without its classifier."""
    return nn.Sequential(*list(resnet18(weights=None).children())[:-2])


@dataclass(frozen=True)
class Architecture:
    """A body (pixels (n, 3, s, s) → maps (n, c, h, w)) and how its maps become one vector.

    Attributes:
        grid: the maps are averaged over a grid of this many places a side; 1 is the mean.
        n_stages: so many of the body's last layers tell of the picture, one after the other.
        mean, std: what values in [0, 1] are standardised by, one number or one for each channel.
            MedMeta's own have one grey level for all channels: medical pictures have no ImageNet
            colour statistics.
        n_channels: of the maps of each stage; None where they are counted on a small picture.
    """

    body: Callable[[], nn.Sequential]
    grid: int = 1
    n_stages: int = 1
    mean: float | tuple[float, ...] = 0.5
    std: float | tuple[float, ...] = 0.25
    n_channels: tuple[int, ...] | None = None


ARCHITECTURES: dict[str, Architecture] = {
    **{name: Architecture(partial(new_body, name)) for name in WHOLE_NETWORKS},
    "conv4": Architecture(conv4, grid=4),  # 64 px: its 4 x 4 maps
    "efficientnet-lite0": Architecture(
        efficientnet_lite.efficientnet_lite0_body,
        mean=efficientnet_lite.MEAN,
        std=efficientnet_lite.STD,
    ),
    "resnet18": Architecture(resnet18_body),
    "resnet18-two-stages": Architecture(resnet18_body, n_stages=2),
}
