"""Networks that a student is distilled from; they never leave the trainer's machine."""

import copy
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse
from torchvision.models import mobilenet_v2

from medmeta_core.embedding import EmbeddingNetwork, read_backbone
from medmeta_core.embedding.inference.engine import has_bfloat16
from medmeta_core.errors import BackboneError
from medmeta_core.training.inputs.base_images import BaseImages
from medmeta_core.training.recipe import START, Recipe

N_CENTRED = 400
"""So many pictures suffice for a teacher's mean."""

AT_ONCE = 16
"""Pictures asked about at once: more would not fit a processor's cache."""


class Teacher(nn.Module):
    """Maps of features of pixels in [0, 1], and their directions from a mean.

    Args:
        maps: pixels (n, 3, s, s) → maps (n, n_features, h, w).
        side: pixels a side at which it looks; 0 for the pixels' own.
    """

    mean: Tensor

    def __init__(self, maps: Callable[[Tensor], Tensor], n_features: int, *, side: int) -> None:
        super().__init__()
        self.maps, self.n_features, self.side = maps, n_features, side
        self.register_buffer("mean", torch.zeros(n_features))

    @torch.inference_mode()
    def centre(self, pictures: Tensor, *, side: int = 0) -> "Teacher":
        """Take the mean features of pictures (n, 3, h, w) uint8 as the origin of all directions.

        Raw features share a direction, so that every two pictures seem alike.

        Args:
            side: at which it looks where it has none of its own.
        """
        total = torch.zeros(self.n_features)
        for batch in torch.split(pictures, 64):
            batch_pixels = _resized(batch.float() / 255, self.side or side)
            total += self._maps(batch_pixels).mean((2, 3)).sum(0)
        self.mean.copy_(total / len(pictures))
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
        pieces = torch.split(_resized(pixels, self.side), AT_ONCE)
        return torch.cat([self.maps(piece).float() for piece in pieces])


def teachers_of(
    recipe: Recipe, network: EmbeddingNetwork, images: BaseImages, *, root: Path, own: Path
) -> list[Teacher]:
    """The teachers that a recipe names, each with the mean of what it says of the pictures.

    Args:
        network: before its first step.
        root: files of teachers' weights lie below it.
        own: backbones of ours that teach lie in it, each with its card.

    Raises:
        BackboneError: a teacher is missing, or is a joint backbone.
    """
    side = recipe.teacher_side
    with torch.random.fork_rng(devices=[]):  # what is drawn after is the same with any teachers
        teachers_by_name = {
            name: _teacher(name, network, side=side, root=root, own=own) for name in recipe.teachers
        }
    sample = images.pixels[:: max(1, len(images.labels) // N_CENTRED)]
    for teacher in teachers_by_name.values():
        teacher.centre(sample, side=recipe.side_at(0))
    return [teachers_by_name[name] for name in recipe.teachers]


def _teacher(name: str, network: EmbeddingNetwork, *, side: int, root: Path, own: Path) -> Teacher:
    if name == START:
        return own_teacher(network, side=side)
    if is_backbone(name):
        return own_teacher(_network_of(own / f"{name}.json"), side=side)
    return mobilenet_teacher(root / name, side=side)


def _network_of(card: Path) -> EmbeddingNetwork:
    network = read_backbone(card).network
    if not isinstance(network, EmbeddingNetwork):
        raise BackboneError("teacher-joint", name=card.stem)
    return network


def is_backbone(name: str) -> bool:
    """Whether a teacher is named by its card, not by its file."""
    return name != START and not Path(name).suffix


def mobilenet_teacher(weights: Path, *, side: int) -> Teacher:
    """A MobileNetV2 that reads RGB in [-1, 1].

    Raises:
        BackboneError: the file is missing.
    """
    network = mobilenet_v2(weights=None)
    try:
        state = torch.load(weights, weights_only=True, map_location="cpu")
    except OSError as error:
        raise BackboneError("no-teacher", file=weights.name) from error
    network.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    precision = torch.bfloat16 if has_bfloat16() else torch.float32
    features = fuse(network.features.eval()).requires_grad_(False)
    features = features.to(precision).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def maps(pixels: Tensor) -> Tensor:
        scaled = (2 * pixels - 1).to(precision, memory_format=torch.channels_last)
        feature_maps: Tensor = features(scaled)
        return feature_maps

    return Teacher(maps, network.last_channel, side=side)


def own_teacher(network: EmbeddingNetwork, *, side: int) -> Teacher:
    """A network as it is now, which does not change with it any more."""
    frozen = copy.deepcopy(network).eval().requires_grad_(False)
    frozen.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    example_input = torch.zeros(1, 3, 64, 64).contiguous(memory_format=torch.channels_last)
    with torch.no_grad():  # batch normalisation is multiplied out once and for all
        traced = torch.jit.trace_module(frozen, {"maps": example_input}, check_trace=False)  # type: ignore[no-untyped-call]
        fixed = torch.jit.freeze(traced, preserved_attrs=["maps"])

    def maps(pixels: Tensor) -> Tensor:
        feature_maps: Tensor = fixed.maps(pixels.contiguous(memory_format=torch.channels_last))
        return feature_maps

    return Teacher(maps, frozen.n_channels[-1], side=side)


def _resized(pixels: Tensor, side: int) -> Tensor:
    if side in (0, pixels.shape[-1]):
        return pixels
    return F.interpolate(pixels, (side, side), mode="bilinear", antialias=True)
