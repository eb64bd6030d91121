"""The layer that Grad-CAM looks at in a network of timm, as its card states it."""

from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from medmeta_core.embedding.modules.module_body import ModuleBody
from medmeta_core.embedding.modules.saliency_search import find_saliency_layer
from medmeta_core.embedding.modules.timm_modules import TIMM, timm_body, timm_name


def saliency_of(architecture: str, input_side: int) -> dict[str, Any]:
    """The layer's name and the fields of its `Layout`; empty where there is none, or no timm.

    Found with random weights: which layers count does not depend on the numbers.
    """
    if not architecture.startswith(TIMM):
        return {}
    body = timm_body(timm_name(architecture), input_side).eval().requires_grad_(False)[0]
    picture = torch.rand(1, 3, input_side, input_side, generator=torch.Generator().manual_seed(0))

    def embed() -> Tensor:
        maps: Tensor = body(picture)
        return maps.mean((2, 3))

    if not isinstance(body, ModuleBody):
        return {}
    match = find_saliency_layer(body.module, embed, n_prefix=body.n_prefix)
    return {"layer": match[0], **asdict(match[1])} if match else {}
