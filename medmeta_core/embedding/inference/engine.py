"""`Engine`: one way of computing a network's features, and its engines in torch."""

import copy
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from medmeta_core.embedding.network import EmbeddingNetwork


@dataclass(frozen=True, eq=False)
class Engine:
    """One way from pixels to features.

    Attributes:
        name: of the software, "openvino" or "torch".
        precision: of its products, "bfloat16" or "float32".
        features: pixels (n, 3, s, s) float32 at the network's side → features (n, d) float32
            before centring; any thread may call it.
    """

    name: str
    precision: str
    features: Callable[[Tensor], Tensor]


class Features(nn.Module):
    """A network up to its features (n, d), its products in one precision."""

    def __init__(self, network: EmbeddingNetwork, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).to(dtype) if dtype != torch.float32 else network
        self.dtype = dtype

    def forward(self, pixels: Tensor) -> Tensor:
        """Features (n, d) float32."""
        return self.network.pooled(pixels.to(self.dtype)).float()


def traced(module: Features) -> torch.jit.ScriptModule:
    """The operations that a picture of the network's side runs through, for any number of them."""
    side = module.network.input_side
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the branch for pictures of another side is left out
        script: torch.jit.ScriptModule = torch.jit.trace(  # type: ignore[no-untyped-call]
            module.eval(), torch.zeros(2, 3, side, side), check_trace=False
        )
    return script


def reference(network: EmbeddingNetwork) -> Engine:
    """The network itself: what all other engines are held against."""

    def features(pixels: Tensor) -> Tensor:
        return network.pooled(pixels.contiguous(memory_format=torch.channels_last))

    return Engine("torch", "float32", features)


def fused(network: EmbeddingNetwork, precision: str) -> Engine:
    """A copy in torch whose batch norms are folded into the convolutions before them."""
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frozen = torch.jit.freeze(traced(Features(network, dtype)))

    def features(pixels: Tensor) -> Tensor:
        output: Tensor = frozen(pixels.contiguous(memory_format=torch.channels_last))
        return output

    return Engine("torch", precision, features)


CPU = torch.device("cpu")


def has_bfloat16(device: torch.device = CPU) -> bool:
    """Whether products in bfloat16 are faster than in float32 here."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported())


def lowered(device: torch.device = CPU, *, enabled: bool = True) -> torch.autocast:
    """A context in which products run in bfloat16 where the processor has it."""
    return torch.autocast(device.type, torch.bfloat16, enabled=enabled and has_bfloat16(device))
