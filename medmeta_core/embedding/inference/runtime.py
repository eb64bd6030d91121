"""`Runtime`: the fastest engine of this machine whose decisions are the reference's.

The body runs in the engine, the centring after it always in float32. An engine is taken only
if its embeddings of probe pictures stay close to those of the reference, the network itself
in float32: so an answer does not depend on what is installed.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.embedding.inference.engine import Engine, fused, has_bfloat16, reference
from medmeta_core.embedding.inference.openvino import openvino_engine, openvino_has_bfloat16
from medmeta_core.embedding.network import EmbeddingNetwork

N_PROBES = 6
TOLERANCE = 0.1
"""How far a probe's embedding may lie from the reference's, in units of the distance to the
nearest other probe: far less than what a decision turns on."""


class Runtime:
    """Embeddings of a network, by an engine found when the first picture comes."""

    def __init__(self, network: EmbeddingNetwork) -> None:
        self._network = network
        self._engine: Engine | None = None
        self._exact: Engine | None = None
        self._finding = threading.RLock()

    @property
    def input_side(self) -> int:
        """Pixels a side that the network looks at."""
        return self._network.input_side

    @property
    def engine(self) -> Engine:
        """The engine in use."""
        with self._finding:
            if self._engine is None:
                self._engine = fastest_engine(self._network)
            return self._engine

    @property
    def exact_engine(self) -> Engine:
        """The fastest engine that multiplies in float32."""
        with self._finding:
            if self._exact is None:
                same = self.engine if self.is_exact else None
                self._exact = same or fastest_engine(self._network, exact=True)
            return self._exact

    @property
    def is_exact(self) -> bool:
        """Whether `embed` multiplies in float32 as it is."""
        return self.engine.precision == "float32"

    def embed(self, pixels: Tensor) -> Tensor:
        """Embeddings (n, d) for pixels (n, 3, s, s) at the network's side."""
        return self._network.finished(self.engine.features(pixels))

    def embed_float32(self, pixels: Tensor) -> Tensor:
        """The same in float32."""
        return self._network.finished(self.exact_engine.features(pixels))


@torch.inference_mode(False)
@torch.no_grad()
def fastest_engine(network: EmbeddingNetwork, *, exact: bool = False) -> Engine:
    """The first engine, in order of speed, that runs the network and agrees with it.

    Args:
        exact: whether it must multiply in float32.
    """
    for precision, make in _by_speed(network):
        if exact and precision != "float32":
            continue
        try:
            engine = make()
            if agrees(engine, network):
                return engine
            reason = f"{engine.name} in {engine.precision} decides otherwise"
        except (ImportError, RuntimeError, NotImplementedError) as error:
            reason = str(error)
        logging.getLogger(__name__).info("Embedding goes on with the next engine: %s", reason)
    return reference(network)


def agrees(engine: Engine, network: EmbeddingNetwork) -> bool:
    """Whether the engine's embeddings of probe pictures are those of the network itself."""
    pixels = probes(network.input_side)
    with torch.inference_mode():
        expected = network(pixels)
        actual = network.finished(engine.features(pixels))
    apart = torch.cdist(expected, expected).fill_diagonal_(torch.inf).min(1).values
    error = (actual - expected).norm(dim=1)
    return bool(actual.isfinite().all() and (error <= TOLERANCE * apart).all())


def probes(side: int) -> Tensor:
    """Pictures (N_PROBES, 3, side, side) in [0, 1] of blobs from coarse to fine, some coloured."""
    generator = torch.Generator().manual_seed(0)
    pictures = []
    for k in range(N_PROBES):
        grain = torch.rand(1, 3 if k % 2 else 1, 3 + 2 * k, 3 + 2 * k, generator=generator)
        picture = F.interpolate(grain, (side, side), mode="bicubic", align_corners=False)
        pictures.append(picture.clamp(0, 1).expand(1, 3, side, side))
    return torch.cat(pictures)


def _by_speed(network: EmbeddingNetwork) -> Iterator[tuple[str, Callable[[], Engine]]]:
    """The precision and the making of the engines worth trying here, the fastest first."""
    try:
        precisions = ("bfloat16", "float32") if openvino_has_bfloat16() else ("float32",)
        for precision in precisions:
            yield precision, partial(openvino_engine, network, precision)
    except ImportError:
        logging.getLogger(__name__).info("OpenVINO is not installed: torch embeds.")
    if has_bfloat16():
        yield "bfloat16", partial(fused, network, "bfloat16")
    yield "float32", partial(fused, network, "float32")
