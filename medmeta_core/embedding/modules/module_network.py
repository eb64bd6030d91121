"""A module of the user's own → the network of a backbone, once it has been tried."""

import copy
import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding.architectures import Architecture
from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.modules.module_body import ModuleBody
from medmeta_core.embedding.modules.output import Output
from medmeta_core.embedding.modules.saliency_search import find_saliency_layer, named_layer
from medmeta_core.embedding.modules.statistics import checked_statistics
from medmeta_core.embedding.network import EmbeddingNetwork
from medmeta_core.embedding.trial import NEARLY_ALIKE, embedding_difference, trial_pictures
from medmeta_core.errors import BackboneError

MODULE = "module/"
"""How the architecture of such a backbone begins in its card; nobody else can build it."""

SIDES = range(16, 1025)
SAME = 1e-3
"""How far two embeddings of one picture may lie apart, in lengths of the embedding."""

UNTRAINED = (
    "It answers unlike pictures nearly alike, as a network does whose trained weights were not "
    "loaded: heat maps are faint or blank."
)


@dataclass(frozen=True, eq=False)
class ModuleSpec:
    """A module and what its author knows of it.

    Attributes:
        module: pixels (n, 3, s, s), standardised → (n, d), (n, d, h, w) or (n, tokens, d), or a
            tuple, mapping or `ModelOutput` that holds it.
        input_side: s, the side in pixels that every image is resized to.
        mean, std: of each channel, by which pixels in [0, 1] are standardised.
        name: in cards and reports; "" takes the name of the class.
        saliency_layer: for Grad-CAM, as `named_modules` calls it; None looks for it.
        output: name of the entry that holds the features, or a function that takes them out.
        n_prefix_tokens: class and register tokens before those of the patches; None takes what
            the module says of itself (`num_prefix_tokens`), or the fewest that leave a square.
    """

    module: nn.Module
    input_side: int = 224
    mean: Sequence[float] | None = None
    std: Sequence[float] | None = None
    name: str = ""
    saliency_layer: str | None = None
    output: Output | None = None
    n_prefix_tokens: int | None = None


def network_of_module(spec: ModuleSpec) -> tuple[ModelCard, EmbeddingNetwork]:
    """The card and the network of a module: a copy of it, in evaluation mode and in float32.

    It is tried on two pictures, alone and together; a warning says where it hardly tells them
    apart.

    Raises:
        BackboneError: its output has no known form, its numbers are not finite, are the same for
            both pictures, differ from call to call or with the other pictures of a batch, or mean
            and std are not known.
    """
    if not isinstance(spec.module, nn.Module):
        raise BackboneError("module-type", found=type(spec.module).__name__)
    side = spec.input_side
    if side not in SIDES:
        raise BackboneError("input-side", least=SIDES[0], most=SIDES[-1], found=side)
    body = _body(spec)
    pictures = trial_pictures(side)
    n_channels, difference = _tried(body, pictures)
    architecture = Architecture(
        lambda: nn.Sequential(body),
        mean=_statistics(spec, "mean"),
        std=_statistics(spec, "std"),
        n_channels=(n_channels,),
    )
    _choose_layer(spec, body, pictures[:1])
    network = EmbeddingNetwork(architecture, side).eval().requires_grad_(False)
    kind = type(spec.module).__name__
    remarks = [UNTRAINED] if difference < NEARLY_ALIKE else []
    if remarks:
        warnings.warn(UNTRAINED, stacklevel=3)
    card = ModelCard(
        name=spec.name or kind,
        architecture=f"{MODULE}{kind}",
        input_side=side,
        sha256=network_digest(network),
        facts={
            "intended_use": "Research and education. Not for use on patients.",
            "limits": ["A module of the user's own: nobody has measured it here.", *remarks],
        },
    )
    return card, network


def network_digest(network: nn.Module) -> str:
    """sha256 (hex) of a network's tensors with their names, kinds and shapes."""
    hasher = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        hasher.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        plain = tensor.detach().cpu().contiguous().flatten().view(torch.uint8)
        hasher.update(plain.numpy().data)
    return hasher.hexdigest()


def _body(spec: ModuleSpec) -> ModuleBody:
    """A copy of the module as a body; the user's own may be trained on without harm."""
    try:
        module = copy.deepcopy(spec.module)
    except (RuntimeError, TypeError) as error:
        raise BackboneError("module-copy") from error
    module = module.float().eval().requires_grad_(False)
    return ModuleBody(module, output=spec.output, n_prefix=_n_prefix(spec)).eval()


def _n_prefix(spec: ModuleSpec) -> int | None:
    stated = spec.n_prefix_tokens
    of_timm = getattr(spec.module, "num_prefix_tokens", None)  # timm's word for it
    return of_timm if stated is None and isinstance(of_timm, int) else stated


def _statistics(spec: ModuleSpec, which: str) -> tuple[float, ...]:
    """Mean or std of each channel, as stated by the caller or else by the module (timm)."""
    stated = getattr(spec, which)
    if stated is None:
        stated = getattr(spec.module, "pretrained_cfg", {}).get(which)
    if stated is None:
        raise BackboneError("module-statistics")
    return checked_statistics(which, stated)


def _tried(body: ModuleBody, pictures: Tensor) -> tuple[int, float]:
    """The length of the embeddings of two pictures, which do not depend on anything else, and by
    how much of it they differ.
    """
    together, alone = _embedded(body, pictures), _embedded(body, pictures[:1])
    difference = embedding_difference(together)
    if not _are_same(_embedded(body, pictures[:1]), alone):
        raise BackboneError("module-random")
    if not _are_same(together[:1], alone):
        raise BackboneError("module-batch")
    return together.shape[1], difference


@torch.no_grad()
def _embedded(body: ModuleBody, pictures: Tensor) -> Tensor:
    try:
        maps: Tensor = body(pictures)
    except BackboneError:
        raise
    except Exception as error:  # the module's own code may raise anything
        shape, raised = str(tuple(pictures.shape)), type(error).__name__
        raise BackboneError("module-input", shape=shape, raised=raised) from error
    if len(maps) != len(pictures):
        raise BackboneError("module-output-rows", n=len(pictures), found=len(maps))
    return maps.mean((2, 3))


def _are_same(one: Tensor, other: Tensor) -> bool:
    return bool((one - other).norm() <= SAME * other.norm())


def _choose_layer(spec: ModuleSpec, body: ModuleBody, picture: Tensor) -> None:
    """Have Grad-CAM look at the layer named, or at the one found, if any."""
    n_prefix = _n_prefix(spec)

    def embed() -> Tensor:
        return F.adaptive_avg_pool2d(body(picture), 1).flatten(1)

    if spec.saliency_layer is not None:
        name = spec.saliency_layer
        body.watch(name, named_layer(body.module, embed, name=name, n_prefix=n_prefix))
    elif match := find_saliency_layer(body.module, embed, n_prefix=n_prefix):
        body.watch(*match)
