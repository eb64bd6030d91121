"""The layer of a module that Grad-CAM looks at: the last one with places that the output rests on.

In a vision transformer whose output is the class token, the tokens of the patches do not count
any more after the last attention: its gradient there is zero, and the heat map would be blank. So
the search goes from the end to the first layer at whose places the gradient is not zero, which is
the normalisation before the last attention (as the grad-cam package advises by hand).
"""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn

from medmeta_core.embedding.modules.layout import Layout, layout_of
from medmeta_core.errors import BackboneError

WINDOWS = (8, 64, 4096)
"""So many of the last layers are tried at once; below the first of them no gradient is needed."""

Layers = dict[str, Layout]


def find_saliency_layer(
    module: nn.Module, embed: Callable[[], Tensor], *, n_prefix: int | None
) -> tuple[str, Layout] | None:
    """Name and layout of the last layer with places on which the embedding rests, if any.

    Args:
        embed: the embedding (1, d) of a picture by the module.
        n_prefix: class and register tokens, where it is known.
    """
    layers = _layers_with_places(module, embed, n_prefix)
    for n in WINDOWS:
        last = dict(list(layers.items())[-n:])
        names = _counting(module, embed, last)
        if names or len(last) == len(layers):
            return (names[-1], layers[names[-1]]) if names else None
    return None


def named_layer(
    module: nn.Module, embed: Callable[[], Tensor], *, name: str, n_prefix: int | None
) -> Layout:
    """The layout of the layer of this name.

    Raises:
        BackboneError: there is no such layer, it is called other than once, or it has no places.
    """
    shapes, calls = _outputs(module, embed)
    if name not in dict(module.named_modules()):
        raise BackboneError("saliency-layer-unknown", name=name[:60])
    if calls[name] != 1 or name not in shapes:
        raise BackboneError("saliency-layer-calls", name=name, found=calls[name])
    layout = layout_of(shapes[name], n_prefix=n_prefix)
    if layout is None or layout.side < 2:
        raise BackboneError("saliency-layer-places", name=name, found=str(shapes[name]))
    return layout


def _layers_with_places(
    module: nn.Module, embed: Callable[[], Tensor], n_prefix: int | None
) -> Layers:
    """The layers that are called once and whose output has two places a side or more, in order."""
    shapes, calls = _outputs(module, embed)
    layers: Layers = {}
    for name, shape in shapes.items():
        layout = layout_of(shape, n_prefix=n_prefix)
        if calls[name] == 1 and layout is not None and layout.side > 1:
            is_one = layout.kind != "tokens" or _is_stream(module.get_submodule(name))
            layers |= {name: layout} if is_one else {}
    return layers


def _is_stream(layer: nn.Module) -> bool:
    """Whether a layer of tokens is a block or a normalisation: no query, key or value alone."""
    return "norm" in type(layer).__name__.lower() or any(True for _ in layer.children())


def _outputs(
    module: nn.Module, embed: Callable[[], Tensor]
) -> tuple[dict[str, tuple[int, ...]], Counter[str]]:
    """The shape of each layer's output, in the order of their ends, and how often it is called."""
    shapes, calls = dict[str, tuple[int, ...]](), Counter[str]()

    def note(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_layer: nn.Module, _inputs: Any, output: Any) -> None:
            calls[name] += 1
            if isinstance(output, Tensor):
                shapes.pop(name, None)
                shapes[name] = tuple(output.shape)

        return hook

    with ExitStack() as stack, torch.no_grad():
        for name, layer in module.named_modules():
            stack.callback(layer.register_forward_hook(note(name)).remove)
        embed()
    return shapes, calls


def _counting(module: nn.Module, embed: Callable[[], Tensor], layers: Layers) -> list[str]:
    """Those of the layers at whose places the embedding has a gradient."""
    output_by_name = dict[str, Tensor]()

    def start(name: str) -> Callable[[nn.Module, Any, Tensor], Tensor]:
        def hook(_layer: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
            begun = output if output.requires_grad else output.detach().requires_grad_()
            output_by_name[name] = begun.clone()  # what follows may work in place
            return output_by_name[name]

        return hook

    with ExitStack() as stack, torch.enable_grad():
        for name in layers:
            layer = module.get_submodule(name)
            stack.callback(layer.register_forward_hook(start(name)).remove)
        embedding = embed()
        direction = torch.linspace(-1, 1, embedding.numel()).view_as(embedding).cos()
        outputs = list(output_by_name.values())
        if not embedding.requires_grad:
            return []
        gradients = torch.autograd.grad((embedding * direction).sum(), outputs, allow_unused=True)
    return [
        name
        for name, gradient in zip(output_by_name, gradients, strict=True)
        if gradient is not None and bool(layers[name].maps(gradient).any())
    ]
