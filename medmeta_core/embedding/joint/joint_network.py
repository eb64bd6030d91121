"""`JointNetwork`: one embedding of several networks that each look at several views.

The features of a network are their mean over its views; raised to a power, centred, whitened and
brought to length 1 by the base pictures, each network for itself; then weighted, side by side, and
brought to length 1 again. What counts is that the networks differ (decision 090).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from medmeta_core.embedding.base_statistics import POWER, whitened
from medmeta_core.embedding.joint.member import Member
from medmeta_core.embedding.joint.views import views_of
from medmeta_core.embedding.network import EmbeddingNetwork, Network


class MemberNetwork(nn.Module):
    """A network, its views, and the base statistics of its features' means over them."""

    base_power: Tensor
    base_mean: Tensor
    base_whitening: Tensor

    def __init__(self, network: EmbeddingNetwork, member: Member) -> None:
        super().__init__()
        self.network, self.member = network, member
        self.register_buffer(POWER, torch.ones(()))
        self.register_buffer("base_mean", torch.zeros(network.n_features))
        self.register_buffer("base_whitening", torch.eye(network.n_features))

    def shown(self, pixels: Tensor) -> Tensor:
        """What the network looks at: views (n_views * n, 3, s, s) of pixels (n, 3, h, w)."""
        return views_of(pixels, self.member.views, self.network.input_side)

    def pooled(self, pixels: Tensor) -> Tensor:
        """Features (n, d) before centring, for pixels (n, 3, h, w): the mean over the views."""
        features = self.network.pooled(self.shown(pixels))
        return features.view(len(self.member.views), -1, features.shape[-1]).mean(0)

    def finished(self, features: Tensor) -> Tensor:
        """Embeddings (n, d) of length 1, for features (n, d) as pooled."""
        return whitened(features, self.base_power, self.base_mean, self.base_whitening)


class JointNetwork(Network):
    """Embeddings (n, d) for pixels (n, 3, h, w) in [0, 1]; each network resizes for itself.

    Args:
        members: the networks, each with its views and statistics.
    """

    unit_length = True

    def __init__(self, members: Sequence[MemberNetwork]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.input_side = max(member.network.input_side for member in members)
        self.n_features = sum(member.network.n_features for member in members)
        weights = torch.tensor([member.member.weight for member in members])
        self._weights = (weights / weights.norm()).tolist()

    def networks(self) -> list[MemberNetwork]:
        """The members, typed."""
        return [member for member in self.members if isinstance(member, MemberNetwork)]

    def split(self, features: Tensor) -> tuple[Tensor, ...]:
        """The parts (n, d_k) of features or embeddings (n, d) that are of each network."""
        return torch.split(features, [one.network.n_features for one in self.networks()], dim=1)

    def resized(self, pixels: Tensor) -> Tensor:
        """The pixels as they are."""
        return pixels

    def pooled(self, pixels: Tensor) -> Tensor:
        """Features (n, d) of all networks side by side, before centring."""
        return torch.cat([member.pooled(pixels) for member in self.networks()], dim=1)

    def finished(self, features: Tensor) -> Tensor:
        """Embeddings (n, d) of features (n, d) as pooled."""
        pieces = self.split(features)
        return torch.cat(
            [
                weight * member.finished(piece)
                for weight, member, piece in zip(
                    self._weights, self.networks(), pieces, strict=True
                )
            ],
            dim=1,
        )

    def unwhitening(self) -> Tensor:
        """(d, d) by which embeddings regain the directions of features that were not whitened."""
        inverses = [torch.linalg.pinv(member.base_whitening) for member in self.networks()]
        found: Tensor = torch.block_diag(*inverses)  # type: ignore[no-untyped-call]
        return found

    @property
    def saliency_layer(self) -> nn.ModuleList:
        """The last layers that still have places, of each network."""
        return nn.ModuleList([member.network.saliency_layer for member in self.networks()])
