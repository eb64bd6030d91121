"""`EmbeddingNetwork`: pixels as shown → embedding, differentiable from end to end."""

from abc import ABC, abstractmethod
from contextlib import nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from medmeta_core.embedding.architectures import ARCHITECTURES, Architecture
from medmeta_core.embedding.base_statistics import POWER, whitened
from medmeta_core.embedding.modules.module_body import ModuleBody


class Network(nn.Module, ABC):
    """What a backbone holds: embeddings (n, d) for pixels (n, 3, h, w) in [0, 1].

    Attributes:
        input_side: pixels a side, of the largest picture that it looks at.
        n_features: length d of an embedding.
        unit_length: whether embeddings are brought to length 1.
    """

    input_side: int
    n_features: int
    unit_length: bool

    @abstractmethod
    def resized(self, pixels: Tensor) -> Tensor:
        """Pixels at the side that `pooled` and the engines are given."""

    @abstractmethod
    def pooled(self, pixels: Tensor) -> Tensor:
        """Features (n, d) before centring, for pixels (n, 3, h, w)."""

    @abstractmethod
    def finished(self, features: Tensor) -> Tensor:
        """Embeddings (n, d) of features (n, d) as pooled."""

    @abstractmethod
    def unwhitening(self) -> Tensor:
        """(d, d) by which embeddings regain the directions of features that were not whitened."""

    @property
    @abstractmethod
    def saliency_layer(self) -> nn.Module:
        """Where Grad-CAM looks: the last layer that still has places, or a list of such."""

    def forward(self, pixels: Tensor) -> Tensor:
        """Embeddings (n, d)."""
        return self.finished(self.pooled(pixels))


class EmbeddingNetwork(Network):
    """Embeddings (n, d) for pixels (n, 3, h, w) in [0, 1].

    Resize to `input_side` → standardise → body → mean over places (or over a grid of places) of
    its last stages → minus the mean over the base images; where `unit_length`, raised to a power
    before, whitened by the spread of the base images after, and brought to length 1 (CL2N: Wang et
    al. 2019, arXiv:1911.04623, section 3).

    Args:
        architecture: a key of `ARCHITECTURES`, or an architecture.
    """

    mean: Tensor
    std: Tensor
    base_power: Tensor
    base_mean: Tensor
    base_whitening: Tensor

    def __init__(
        self, architecture: str | Architecture, input_side: int, *, unit_length: bool = True
    ) -> None:
        super().__init__()
        self.unit_length = unit_length
        description = ARCHITECTURES[architecture] if isinstance(architecture, str) else architecture
        self.body = description.body()
        self.grid = description.grid
        self.n_stages = description.n_stages
        self.input_side = input_side
        self.n_channels = list(description.n_channels or self._count_channels())
        self.n_features = sum(self.n_channels) * self.grid**2
        self.register_buffer("mean", _per_channel(description.mean))
        self.register_buffer("std", _per_channel(description.std))
        self.register_buffer("base_mean", torch.zeros(self.n_features))
        if unit_length:
            self.register_buffer(POWER, torch.ones(()))
            self.register_buffer("base_whitening", torch.eye(self.n_features))

    def _load_from_state_dict(
        self, state_dict: dict[str, Tensor], prefix: str, *further: Any
    ) -> None:
        """A state that is older than powers is one of the power 1."""
        if self.unit_length:
            state_dict.setdefault(prefix + POWER, torch.ones(()))
        super()._load_from_state_dict(state_dict, prefix, *further)

    def _count_channels(self) -> list[int]:
        """Channels of each stage; of a module, which may serve one side only, by shapes alone."""
        was_training = self.body.training
        self.body.eval()
        is_module = isinstance(self.body[-1], ModuleBody)
        side = self.input_side if is_module else 64
        shapes_alone = FakeTensorMode(allow_non_fake_inputs=True) if is_module else nullcontext()
        with torch.no_grad(), shapes_alone:
            stages = self._stages(torch.zeros(1, 3, side, side))
        self.body.train(was_training)
        return [int(maps.shape[1]) for maps in stages]

    @property
    def saliency_layer(self) -> nn.Module:
        """The last layer that still has places: where Grad-CAM looks."""
        last = self.body[-1]
        return last.saliency_layer if isinstance(last, ModuleBody) else last

    def maps(self, pixels: Tensor) -> Tensor:
        """Maps (n, c, g, g) of the last layer, for pixels (n, 3, h, w) taken as they are."""
        return self._stages((pixels - self.mean) / self.std)[-1]

    def pool(self, maps: Tensor) -> Tensor:
        """Features (n, c * grid²) of maps (n, c, g, g)."""
        return F.adaptive_avg_pool2d(maps, self.grid).flatten(1)

    def _stages(self, maps: Tensor) -> list[Tensor]:
        """Maps after each of the last `n_stages` layers of the body, the last one last."""
        stages = [maps]
        for layer in self.body:
            stages = [*stages, layer(stages[-1])][-self.n_stages :]
        return stages

    def resized(self, pixels: Tensor) -> Tensor:
        """Pixels (n, 3, input_side, input_side)."""
        side = (self.input_side, self.input_side)
        if pixels.shape[-2:] == side:
            return pixels
        return F.interpolate(pixels, side, mode="bilinear", antialias=True)

    def pooled(self, pixels: Tensor) -> Tensor:
        """Features (n, d) before centring, for pixels (n, 3, h, w)."""
        standardised = (self.resized(pixels) - self.mean) / self.std
        return torch.cat([self.pool(maps) for maps in self._stages(standardised)], dim=1)

    def finished(self, features: Tensor) -> Tensor:
        """Embeddings (n, d) of features (n, d) as pooled."""
        if not self.unit_length:
            return features - self.base_mean
        return whitened(features, self.base_power, self.base_mean, self.base_whitening)

    def unwhitening(self) -> Tensor:
        """The pseudo-inverse of the whitening; the identity where nothing was whitened."""
        if not self.unit_length:
            return torch.eye(self.n_features)
        inverse: Tensor = torch.linalg.pinv(self.base_whitening)
        return inverse


def _per_channel(value: float | tuple[float, ...]) -> Tensor:
    """(3, 1, 1) of one number or of three."""
    return torch.tensor(value).view(-1, 1, 1).expand(3, 1, 1).clone()
