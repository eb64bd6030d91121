"""Architectures of timm by name, with random weights: nothing is fetched.

A name is "timm/vit_base_patch14_dinov2", or "timm/vit_base_patch16_224[init_values=1e-5]" with
options of the constructor; only the names that timm itself registers are taken, because others
(`hf-hub:…`) would ask a server.
"""

import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from medmeta_core.embedding.modules.module_body import ModuleBody
from medmeta_core.errors import BackboneError

TIMM = "timm/"
NAME = re.compile(
    r"timm/([a-z0-9_]{1,80})(?:\[([a-z_]+=[a-z0-9.\-]+(?:,[a-z_]+=[a-z0-9.\-]+)*)\])?"
)
OPTIONS: dict[str, Callable[[str], Any]] = {
    "init_values": float,  # of the scales of a layer
    "global_pool": str,
    "reg_tokens": int,
    "no_embed_class": {"true": True, "false": False}.__getitem__,
    "qkv_bias": {"true": True, "false": False}.__getitem__,
}


@dataclass(frozen=True)
class TimmName:
    """An architecture of timm.

    Attributes:
        model: as timm calls it.
        options: for its constructor.
    """

    model: str
    options: tuple[tuple[str, Any], ...] = ()


def timm_name(architecture: str) -> TimmName:
    """The parts of a name such as "timm/vit_tiny_patch16_224[init_values=1e-5]".

    >>> timm_name("timm/vit_large_patch16_224[init_values=1e-5]")
    TimmName(model='vit_large_patch16_224', options=(('init_values', 1e-05),))

    Raises:
        BackboneError: timm is not installed, has no such model, or an option is unknown.
    """
    if importlib.util.find_spec("timm") is None:
        raise BackboneError("timm-missing", package="medmeta[timm]")
    from timm import is_model  # takes a second to import, which few need

    match = NAME.fullmatch(architecture)
    if match is None or not is_model(match[1]):
        raise BackboneError("timm-architecture", found=architecture[len(TIMM) : 80])
    pairs = [pair.partition("=")[::2] for pair in (match[2] or "").split(",") if pair]
    try:
        return TimmName(match[1], tuple((key, OPTIONS[key](value)) for key, value in pairs))
    except (KeyError, ValueError) as error:
        raise BackboneError("timm-options", known=", ".join(OPTIONS)) from error


def timm_body(name: TimmName, input_side: int) -> nn.Sequential:
    """The architecture with random weights and without its classifier.

    Raises:
        BackboneError: it cannot be built for this side.
    """
    from timm import create_model

    makes = partial(create_model, name.model, pretrained=False, num_classes=0, **dict(name.options))
    try:
        module = makes(img_size=input_side) if _has_one_side(name) else makes()
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise BackboneError("timm-side", name=name.model, found=input_side) from error
    n_prefix = getattr(module, "num_prefix_tokens", None)
    return nn.Sequential(ModuleBody(module, n_prefix=n_prefix))


def timm_statistics(name: TimmName) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and std of each channel by which timm's own weights of this model were trained."""
    stated = _stated(name)
    return tuple(stated.mean), tuple(stated.std)


def timm_heads(name: TimmName) -> tuple[str, ...]:
    """How the names of the tensors of its classifier begin; a file may have them."""
    heads = _stated(name).classifier or ()
    return tuple(f"{head}." for head in ((heads,) if isinstance(heads, str) else heads))


def timm_side(name: TimmName) -> int:
    """The side in pixels that its own weights were trained at."""
    return int(_stated(name).input_size[-1])


def _has_one_side(name: TimmName) -> bool:
    """Whether a network of this architecture is built for one side (transformers)."""
    return bool(_stated(name).fixed_input_size)


def _stated(name: TimmName) -> Any:
    from timm.models import get_pretrained_cfg

    return get_pretrained_cfg(name.model)
