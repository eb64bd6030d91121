"""`ModuleBody`: any module as the body of an `EmbeddingNetwork`, with a layer for Grad-CAM."""

from typing import Any

from torch import Tensor, nn

from medmeta_core.embedding.modules.layout import Layout
from medmeta_core.embedding.modules.output import Output, as_maps, chosen_tensor


class Places(nn.Module):
    """Passes a layer's output on as it is, by way of maps (n, c, g, g) that Grad-CAM sees.

    A forward hook on the layer, so that the module and the names of its tensors stay as they are.
    """

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.layout = layout
        self.maps = nn.Identity()

    def pass_on(self, _layer: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        """The output, its places having gone through `maps`."""
        maps = self.maps(self.layout.maps(output))
        return self.layout.restored(maps.clone(), output)  # what follows may work in place


class NoPlaces(nn.Identity):
    """Stands for the layer of a module that has none with places: no heat map can be made."""


class ModuleBody(nn.Module):
    """Maps (n, d, h, w) of a module's output for standardised pixels (n, 3, s, s).

    The module may be on another device: pixels are sent there and maps come back.

    Attributes:
        saliency_layer: where Grad-CAM looks; a `NoPlaces` where there is no such layer.
    """

    def __init__(
        self, module: nn.Module, *, output: Output | None = None, n_prefix: int | None = None
    ) -> None:
        super().__init__()
        self.module = module
        self.output, self.n_prefix = output, n_prefix
        self.saliency_layer: nn.Module = NoPlaces()

    def watch(self, layer: str, layout: Layout) -> None:
        """Have Grad-CAM look at the layer of this name, whose output has this layout."""
        places = Places(layout)
        self.module.get_submodule(layer).register_forward_hook(places.pass_on)
        self.saliency_layer = places.maps
        self.places = places

    def forward(self, pixels: Tensor) -> Tensor:
        """Maps (n, d, h, w) on the pixels' device."""
        weight = next(self.module.parameters(), pixels)
        output = chosen_tensor(self.module(pixels.to(weight.device)), self.output)
        return as_maps(output, n_prefix=self.n_prefix).to(pixels.device, pixels.dtype)
