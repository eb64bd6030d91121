"""`JointRuntime`: embeddings of a joint network, each of its networks by the engine it has."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from medmeta_core.embedding.inference.openvino import N_STREAMS
from medmeta_core.embedding.inference.runtime import Runtime
from medmeta_core.embedding.joint.joint_network import JointNetwork
from medmeta_core.embedding.joint.views import view_of
from medmeta_core.embedding.network import EmbeddingNetwork, Network


class JointRuntime:
    """Embeddings by the engines of the single networks, which their own backbones use too.

    Args:
        network: of these members.
        runtimes: of the members' networks, in their order.
    """

    def __init__(self, network: JointNetwork, runtimes: Sequence[Runtime]) -> None:
        self._network, self._runtimes = network, tuple(runtimes)

    @property
    def is_exact(self) -> bool:
        """Whether `embed` multiplies in float32 as it is."""
        return all(runtime.is_exact for runtime in self._runtimes)

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
        found = self.features_by_view(pixels, exactly=exactly)
        return torch.cat([torch.stack(list(views.values())).mean(0) for views in found], dim=1)

    def features_by_view(self, pixels: Tensor, *, exactly: bool) -> list[dict[str, Tensor]]:
        """For each network and view its features (n, d_k); several views are embedded at a time."""
        waiting = [
            {
                view: _WORKERS.submit(_features, runtime, pixels, view, exactly)
                for view in member.member.views
            }
            for member, runtime in zip(self._network.networks(), self._runtimes, strict=True)
        ]
        return [{view: one.result() for view, one in views.items()} for views in waiting]


_WORKERS = ThreadPoolExecutor(N_STREAMS, thread_name_prefix="views")
"""One process embeds no more views at once, whoever asks."""


@torch.inference_mode()
def _features(runtime: Runtime, pixels: Tensor, view: str, exactly: bool) -> Tensor:
    """Features (n, d) of a view of pixels (n, 3, h, w); the engine may use its buffer again."""
    engine = runtime.exact_engine if exactly else runtime.engine
    return engine.features(view_of(pixels, view, runtime.input_side)).clone()


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
