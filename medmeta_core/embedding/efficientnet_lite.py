"""EfficientNet-Lite0: EfficientNet-B0 without squeeze and excitation, clipped at 6, stem and head
of fixed width (Tan and Le 2019, arXiv:1905.11946; Liu 2020, the Lite variants for small devices).

It reads (255 v - 127) / 128 of values v in [0, 1]. Its convolutions are padded as TensorFlow's
"SAME" pads an even number of pixels: a stride of 2 has the larger half behind. At sides that are
multiples of 32 every layer sees an even number, so that this constant padding is "SAME" itself,
and that of the published weights, which is fixed at 224 px.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding.convolved import convolved

MEAN, STD = 127 / 255, 128 / 255
EPSILON = 1e-3
STEM, HEAD = 32, 1280


class Stage(NamedTuple):
    """Blocks of one width: the first has the stride, the others 1."""

    n_blocks: int
    kernel: int
    stride: int
    expansion: int
    width: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class ConvNorm(nn.Module):
    """A convolution with batch normalisation, clipped to [0, 6] where `clips`.

    In evaluation mode both are one convolution, whose weights are multiplied out at each call:
    the gradients of weights, scale and shift stay what they are, and a pass over all values is
    saved, there and back.
    """

    def __init__(
        self, before: int, after: int, *, kernel: int = 1, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, kernel, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(after, eps=EPSILON, momentum=0.01)
        self.clips = True
        ahead, in_all = (kernel - stride) // 2, kernel - stride
        self.padding = [ahead, in_all - ahead] * 2

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (n, after, h / stride, w / stride) of maps (n, before, h, w)."""
        conv, norm = self.conv, self.norm
        is_even = self.padding[0] == self.padding[1]
        if not is_even:
            maps = F.pad(maps, self.padding)
        around = self.padding[0] if is_even else 0
        if norm.training:
            output = F.conv2d(maps, conv.weight, None, conv.stride, around, groups=conv.groups)
            output = norm(output)
        else:
            assert norm.running_mean is not None and norm.running_var is not None
            scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
            shift = norm.bias - norm.running_mean * scale
            weight = conv.weight * scale[:, None, None, None]
            if torch.is_grad_enabled() and weight.requires_grad:
                output = convolved(maps, weight, shift, (conv.stride[0], around, conv.groups))
            else:
                output = F.conv2d(maps, weight, shift, conv.stride, around, groups=conv.groups)
        return F.relu6(output, inplace=True) if self.clips else output


class InvertedResidual(nn.Module):
    """Widened, convolved channel by channel, narrowed; added to its input where shapes agree."""

    def __init__(self, before: int, stage: Stage, stride: int) -> None:
        super().__init__()
        inside = before * stage.expansion
        layers = [ConvNorm(before, inside)] if stage.expansion > 1 else []
        layers += [
            ConvNorm(inside, inside, kernel=stage.kernel, stride=stride, groups=inside),
            ConvNorm(inside, stage.width),
        ]
        layers[-1].clips = False
        self.layers = nn.Sequential(*layers)
        self.adds = stride == 1 and before == stage.width

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (n, width, h / stride, w / stride) of maps (n, before, h, w)."""
        output: Tensor = self.layers(maps)
        return maps + output if self.adds else output


def efficientnet_lite0_body() -> nn.Sequential:
    """The body with random weights: stem, seven stages, head of 1280 channels."""
    widths = [STEM, *(stage.width for stage in STAGES)]
    stages = [
        nn.Sequential(
            *(
                InvertedResidual(stage.width if i else before, stage, 1 if i else stage.stride)
                for i in range(stage.n_blocks)
            )
        )
        for (before, _), stage in zip(pairwise(widths), STAGES, strict=True)
    ]
    return nn.Sequential(ConvNorm(3, STEM, kernel=3, stride=2), *stages, ConvNorm(widths[-1], HEAD))
