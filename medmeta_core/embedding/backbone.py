"""`Backbone`: a trained embedding network with its card."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Any, Self

import torch
from torch import Tensor, nn

from medmeta_core.embedding.cache import FeatureCache
from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.embedding_time import EmbeddingTime
from medmeta_core.embedding.inference.runtime import Runtime
from medmeta_core.embedding.joint.joint_runtime import JointRuntime, runtime_of
from medmeta_core.embedding.modules.module_network import ModuleSpec, network_of_module
from medmeta_core.embedding.modules.output import Output
from medmeta_core.embedding.network import Network
from medmeta_core.errors import BackboneError
from medmeta_core.progress import report
from medmeta_core.short_repr import MAX_OF_A_LIST, ShortRepr, shortened

BATCH = 16


@dataclass(frozen=True, eq=False, repr=False)
class Backbone(ShortRepr):
    """A network in evaluation mode; nobody changes it.

    Attributes:
        initial_head: (d,) meta-learned starting weights of a linear head, the same for every
            condition (UNICORN-MAML, Ye & Chao 2021, arXiv:2106.16245); zero where not learned.
        runtime: embeds in the place of the network, faster; None lets the network do it.
        parts: by name, the weights that a method of that name learned on this backbone.
    """

    card: ModelCard
    network: Network
    initial_head: Tensor
    parts: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)
    runtime: Runtime | JointRuntime | None = None
    _memory: FeatureCache = field(default_factory=FeatureCache)
    _time: EmbeddingTime = field(default_factory=EmbeddingTime)

    def _in_short(self) -> Mapping[str, str]:
        """Name, length of an embedding, side, and the start of the digest."""
        return {
            "name": repr(shortened(self.name, MAX_OF_A_LIST)),
            "n_features": str(self.n_features),
            "input_side": str(self.card.input_side),
            "sha256": f"{self.card.sha256[:12]}…",
        }

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """The backbone itself: nobody changes it."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled without its engine and its cache, which are made again."""
        has_runtime = self.runtime is not None
        return _unpickled, (self.card, self.network, self.initial_head, self.parts, has_runtime)

    @classmethod
    def from_module(
        cls,
        module: nn.Module,
        *,
        input_side: int = 224,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        name: str = "",
        saliency_layer: str | None = None,
        output: Output | None = None,
        n_prefix_tokens: int | None = None,
    ) -> "Backbone":
        """A backbone of any module, such as one of timm, torchvision or transformers.

        The module is copied, brought to float32 and evaluation mode, and tried on two pictures;
        its embeddings are brought to length 1. It runs in torch, on the device that it is on.

        >>> from torchvision.models import resnet18
        >>> imagenet = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
        >>> Backbone.from_module(resnet18(), input_side=64, **imagenet).n_features
        1000

        Args:
            module, input_side, mean, std, name, saliency_layer, output, n_prefix_tokens: see
                `ModuleSpec`.

        Raises:
            BackboneError: the module's output has no known form, its numbers are not finite, or
                its answer to a picture differs from call to call or with its neighbours.
        """
        spec = ModuleSpec(
            module, input_side, mean, std, name, saliency_layer, output, n_prefix_tokens
        )
        card, network = network_of_module(spec)
        return cls(card, network, torch.zeros(network.n_features))

    @property
    def name(self) -> str:
        """The name in the card."""
        return self.card.name

    @property
    def n_features(self) -> int:
        """Length d of an embedding."""
        return self.network.n_features

    @property
    def seconds_per_image(self) -> float | None:
        """What embedding takes on this machine; None until a batch after the first was embedded."""
        return self._time.seconds

    @cached_property
    def unwhitening(self) -> Tensor:
        """(d, d) by which embeddings regain the directions of features that were not whitened."""
        with torch.inference_mode(False), torch.no_grad():
            return self.network.unwhitening()

    def part(self, name: str) -> Mapping[str, Tensor]:
        """The weights that the method of this name learned on this backbone.

        Raises:
            BackboneError: there are none, or they do not belong to these weights.
        """
        if name not in self.parts:
            raise BackboneError("no-part", method=name, backbone=self.name)
        return self.parts[name]

    def prepare(self) -> None:
        """Have all ready that the first picture would else wait for, most of a second."""
        side = self.network.input_side
        for embed in self._embed, self._embed_exactly:
            embed(torch.zeros(1, 3, side, side))

    def embed(self, pixels: Tensor) -> Tensor:
        """Embeddings (n, d) for pixels (n, 3, h, w) in [0, 1]; no gradient."""
        return self._memory.get_or_compute(pixels, self._embed)

    def embed_float32(self, pixels: Tensor) -> Tensor:
        """The same in float32, for pictures on which many answers rest; not remembered."""
        return self._embed_exactly(pixels)

    def embed_examples(self, pixels: Tensor) -> Tensor:
        """The same in float32, and from now on `embed` says so too of these pictures."""
        return self._memory.get_or_compute(pixels, self._embed_exactly, exactly=True)

    def _embed(self, pixels: Tensor) -> Tensor:
        embed = self.runtime.embed if self.runtime else self.network
        return self._in_batches(pixels, embed, exactly=False)

    def _embed_exactly(self, pixels: Tensor) -> Tensor:
        embed = self.runtime.embed_float32 if self.runtime else self.network
        return self._in_batches(pixels, embed, exactly=True)

    @torch.inference_mode()
    def _in_batches(
        self, pixels: Tensor, embed: Callable[[Tensor], Tensor], *, exactly: bool
    ) -> Tensor:
        batches = torch.split(pixels, BATCH)
        embedded = []
        for number, batch in enumerate(batches):
            report(number / len(batches))
            began = perf_counter()
            embedded.append(embed(self.network.resized(batch)))
            self._time.add(len(batch), perf_counter() - began, exactly=exactly)
        return torch.cat(embedded)


def _unpickled(
    card: ModelCard,
    network: Network,
    initial_head: Tensor,
    parts: Mapping[str, Mapping[str, Tensor]],
    has_runtime: bool,
) -> Backbone:
    runtime = runtime_of(network) if has_runtime else None
    return Backbone(card, network, initial_head, parts, runtime)
