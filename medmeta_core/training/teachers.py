"""Networks that a student is distilled from; they never leave the trainer's machine."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse
from torchvision.models import mobilenet_v2

from medmeta_core.errors import BackboneError
from medmeta_core.precision import has_bfloat16

SIDE = 192
"""Side at which a teacher looks: at 224 px it costs half as much again."""


class Teacher(nn.Module):
    """A MobileNetV2 that reads RGB in [-1, 1] and gives maps of 1280 features."""

    n_features = 1280
    mean: Tensor

    def __init__(self, weights: Path) -> None:
        super().__init__()
        network = mobilenet_v2(weights=None)
        try:
            state = torch.load(weights, weights_only=True, map_location="cpu")
        except OSError as error:
            raise BackboneError(
                f"The teacher {weights.name} is missing.", rule="no-weights"
            ) from error
        network.load_state_dict({name: tensor.float() for name, tensor in state.items()})
        features = fuse(network.features.eval()).requires_grad_(False)
        self.precision = torch.bfloat16 if has_bfloat16() else torch.float32
        self.features = features.to(self.precision).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.register_buffer("mean", torch.zeros(self.n_features))

    @torch.inference_mode()
    def centre(self, pictures: Tensor) -> "Teacher":
        """Take the mean features of pictures (n, 3, h, w) uint8 as the origin of all directions.

        Raw features share a direction, so that every two pictures seem alike.
        """
        batches = [self._maps(batch.float() / 255) for batch in torch.split(pictures, 64)]
        self.mean.copy_(torch.cat([maps.mean((2, 3)) for maps in batches]).mean(0))
        return self

    @torch.inference_mode()
    def forward(self, pixels: Tensor, grid: int) -> tuple[Tensor, Tensor]:
        """Unit directions of pixels (n, 3, s, s) in [0, 1]: whole (n, 1280), and at places.

        Returns:
            The picture's features and those of a grid of places (n, 1280, grid, grid).
        """
        maps = self._maps(pixels) - self.mean[:, None, None]
        places = F.adaptive_avg_pool2d(maps, grid)
        return F.normalize(maps.mean((2, 3)), dim=1), F.normalize(places, dim=1)

    def _maps(self, pixels: Tensor) -> Tensor:
        if pixels.shape[-1] != SIDE:
            pixels = F.interpolate(pixels, (SIDE, SIDE), mode="bilinear", antialias=True)
        asked = (2 * pixels - 1).to(self.precision, memory_format=torch.channels_last)
        maps: Tensor = self.features(asked)
        return maps.float()
