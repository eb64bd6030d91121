"""The network that a card or a caller names: one of ours, of torchvision or of timm."""

from functools import partial
from typing import Any

from medmeta_core.embedding.architectures import ARCHITECTURES, Architecture
from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.modules.layout import Layout
from medmeta_core.embedding.modules.module_body import ModuleBody
from medmeta_core.embedding.modules.timm_modules import (
    TIMM,
    timm_body,
    timm_name,
    timm_statistics,
)
from medmeta_core.embedding.network import EmbeddingNetwork
from medmeta_core.errors import BackboneError


def architecture_of(name: str, input_side: int) -> Architecture:
    """The architecture of this name: a key of `ARCHITECTURES`, or "timm/" and a name of timm's.

    Raises:
        BackboneError: there is none, or it needs timm, which is not installed.
    """
    if name in ARCHITECTURES:
        return ARCHITECTURES[name]
    if name.startswith(TIMM):
        model = timm_name(name)
        mean, std = timm_statistics(model)
        return Architecture(partial(timm_body, model, input_side), mean=mean, std=std)
    names = ", ".join((*ARCHITECTURES, f"{TIMM}…"))
    raise BackboneError("unknown-architecture", found=name[:40], known=names)


def network_of_card(card: ModelCard) -> EmbeddingNetwork:
    """The network that a card states, with random weights.

    Raises:
        BackboneError: its architecture is unknown, or the card contradicts it.
    """
    architecture = architecture_of(card.architecture, card.input_side)
    network = EmbeddingNetwork(architecture, card.input_side, unit_length=card.unit_length)
    body = network.body[-1]
    if card.saliency and isinstance(body, ModuleBody):
        try:
            body.watch(*_layer(**card.saliency))
        except (TypeError, AttributeError) as error:
            raise BackboneError("card-layer", name=card.name) from error
    return network


def _layer(layer: str, **layout: Any) -> tuple[str, Layout]:
    return layer, Layout(**layout)
