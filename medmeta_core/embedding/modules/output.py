"""What a module returns, whatever its form, as maps (n, d, h, w) whose mean is the embedding."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from medmeta_core.embedding.modules.layout import layout_of
from medmeta_core.errors import BackboneError

POOLED = ("pooler_output", "image_embeds", "pooled_output", "last_hidden_state")
"""Entries of a dict or a `ModelOutput` that are taken for the output, the first one first."""

Output = str | Callable[[Any], Tensor]


def chosen_tensor(returned: Any, output: Output | None = None) -> Tensor:
    """The tensor in what a module returned.

    A tensor is taken as it is, of a tuple or list its first entry, of a mapping (a dict, a
    `ModelOutput`) the first of `POOLED` that it has, or its only entry.

    >>> import torch
    >>> chosen_tensor({"pooler_output": torch.ones(1, 2), "other": None}).shape
    torch.Size([1, 2])

    Args:
        output: the entry's name, or a function that takes the tensor out.

    Raises:
        BackboneError: there is no such tensor.
    """
    tensor = returned if output is None else _selected(returned, output)
    if output is None and isinstance(returned, Mapping):
        entries = {name: value for name, value in returned.items() if isinstance(value, Tensor)}
        names = [name for name in POOLED if name in entries]
        names += list(entries) if len(entries) == 1 else []
        if not names:
            raise _no_tensor(f"the entries {', '.join(map(str, returned))}")
        tensor = entries[names[0]]
    if output is None and isinstance(returned, tuple | list):
        tensor = returned[0] if returned else None
    if not isinstance(tensor, Tensor):
        raise _no_tensor(type(tensor).__name__)
    return tensor


def as_maps(output: Tensor, *, n_prefix: int | None = None) -> Tensor:
    """Maps (n, d, h, w) of an output; their mean over the places is the embedding.

    Vectors (n, d) become maps of one place. Of tokens (n, t, d) the class token speaks for all,
    where there is one; else the mean over the patches.

    Raises:
        BackboneError: the output has another form, or tokens that form no square.
    """
    if output.ndim == 2:
        return output[..., None, None]
    layout = layout_of(tuple(output.shape), n_prefix=n_prefix)
    if output.ndim not in (3, 4) or 0 in output.shape:
        raise BackboneError("module-output-shape", found=str(tuple(output.shape)))
    if layout is None:
        raise BackboneError("places-not-square", found=str(tuple(output.shape)))
    if layout.kind == "tokens" and layout.n_prefix:
        return output[:, 0, :, None, None]
    return layout.maps(output)


def _selected(returned: Any, output: Output) -> Any:
    if callable(output):
        return output(returned)
    if isinstance(returned, Mapping) and output in returned:
        return returned[output]
    if hasattr(returned, output):
        return getattr(returned, output)
    raise _no_tensor(f"nothing called {output[:40]!r}")


def _no_tensor(actual: str) -> BackboneError:
    return BackboneError("module-output", found=actual)
