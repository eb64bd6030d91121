"""Networks that a student is distilled from; they never leave the trainer's machine."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import mobilenet_v2

from medmeta_core.errors import BackboneError


class Teacher(nn.Module):
    """A MobileNetV2 that reads RGB in [-1, 1] at 224 px and gives 1280 features."""

    side = 224

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
        self.features = network.features.eval().requires_grad_(False)

    @torch.inference_mode()
    def forward(self, views: Tensor) -> Tensor:
        """Features (n, 1280) float16 of views (n, 3, side, side) uint8."""
        pixels = F.interpolate(views.float() / 127.5 - 1, (self.side, self.side), mode="bilinear")
        maps: Tensor = self.features(pixels.contiguous(memory_format=torch.channels_last))
        return maps.mean((2, 3)).half()
