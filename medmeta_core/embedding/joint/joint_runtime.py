"""`JointRuntime`: embeddings of a joint network, each of its networks by the engine it has."""

from collections.abc import Sequence

import torch
from torch import Tensor

from medmeta_core.embedding.inference.runtime import Runtime
from medmeta_core.embedding.joint.joint_network import JointNetwork, MemberNetwork
from medmeta_core.embedding.network import EmbeddingNetwork, Network


class JointRuntime:
    """Embeddings by the engines of the single networks, which their own backbones use too.

    Args:
        network: of these members.
        runtimes: of the members' networks, in their order.
    """

    def __init__(self, network: JointNetwork, runtimes: Sequence[Runtime]) -> None:
        self._network, self._runtimes = network, tuple(runtimes)

    def embed(self, pixels: Tensor) -> Tensor:
        """Embeddings (n, d) for pixels (n, 3, h, w)."""
        return self._network.finished(self.features(pixels, exactly=False))

    def embed_float32(self, pixels: Tensor) -> Tensor:
        """The same in float32."""
        return self._network.finished(self.features(pixels, exactly=True))

    def features(self, pixels: Tensor, *, exactly: bool) -> Tensor:
        """Features (n, d) before centring.

        Args:
            exactly: whether all products are in float32.
        """
        pairs = zip(self._network.networks(), self._runtimes, strict=True)
        return torch.cat(
            [_features(member, runtime, pixels, exactly) for member, runtime in pairs], dim=1
        )


def _features(member: MemberNetwork, runtime: Runtime, pixels: Tensor, exactly: bool) -> Tensor:
    engine = runtime.exact_engine if exactly else runtime.engine
    return member.averaged(engine.features(member.shown(pixels)))


def runtime_of(network: Network) -> "Runtime | JointRuntime":
    """The runtime of a network of either kind.

    Raises:
        TypeError: the network is of neither kind.
    """
    if isinstance(network, EmbeddingNetwork):
        return Runtime(network)
    if isinstance(network, JointNetwork):
        return JointRuntime(network, [Runtime(one.network) for one in network.networks()])
    raise TypeError(f"expected an embedding or a joint network, actual {type(network).__name__}")
