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
    found = returned if output is None else _asked(returned, output)
    if output is None and isinstance(returned, Mapping):
        entries = {name: value for name, value in returned.items() if isinstance(value, Tensor)}
        names = [name for name in POOLED if name in entries]
        names += list(entries) if len(entries) == 1 else []
        if not names:
            raise _no_tensor(f"the entries {', '.join(map(str, returned))}")
        found = entries[names[0]]
    if output is None and isinstance(returned, tuple | list):
        found = returned[0] if returned else None
    if not isinstance(found, Tensor):
        raise _no_tensor(type(found).__name__)
    return found


def as_maps(found: Tensor, *, n_prefix: int | None = None) -> Tensor:
    """Maps (n, d, h, w) of an output; their mean over the places is the embedding.

    Vectors (n, d) become maps of one place. Of tokens (n, t, d) the class token speaks for all,
    where there is one; else the mean over the patches.

    Raises:
        BackboneError: the output has another form, or tokens that form no square.
    """
    if found.ndim == 2:
        return found[..., None, None]
    layout = layout_of(tuple(found.shape), n_prefix=n_prefix)
    if found.ndim not in (3, 4) or 0 in found.shape:
        raise BackboneError("module-output-shape", found=str(tuple(found.shape)))
    if layout is None:
        raise BackboneError("places-not-square", found=str(tuple(found.shape)))
    if layout.kind == "tokens" and layout.n_prefix:
        return found[:, 0, :, None, None]
    return layout.maps(found)


def _asked(returned: Any, output: Output) -> Any:
    if callable(output):
        return output(returned)
    if isinstance(returned, Mapping) and output in returned:
        return returned[output]
    if hasattr(returned, output):
        return getattr(returned, output)
    raise _no_tensor(f"nothing called {output[:40]!r}")


def _no_tensor(found: str) -> BackboneError:
    return BackboneError("module-output", found=found)
