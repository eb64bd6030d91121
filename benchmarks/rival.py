"""The rival: MobileNetV2 trained on ImageNet, 224 px, under the same heads as the shipped backbone.

Run: python benchmarks/rival.py BACKBONES  (milliseconds a picture beside the shipped backbone)
BACKBONES holds the reference weights; they are measured against and never part of the product.
"""

import hashlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn
from torchvision.models import mobilenet_v2

from medmeta_core.embedding import Backbone, EmbeddingNetwork, ModelCard, load_backbone
from medmeta_core.embedding.architectures import ARCHITECTURES, Architecture
from medmeta_core.embedding.joint.joint_network import JointNetwork, MemberNetwork
from medmeta_core.embedding.joint.joint_runtime import runtime_of
from medmeta_core.embedding.joint.member import Member
from medmeta_core.embedding.joint.views import VIEWS
from medmeta_core.training.finishing import fill_statistics

WEIGHTS = "mobilenet_v2_imagenet_fp16.pth"
ARCHITECTURE = "rival-mobilenet_v2"
RIVAL, WHITENED = "rival-mobilenetv2-224", "rival-mobilenetv2-224-whitened"
RIVALS = {n: (f"{RIVAL}{views}", f"{WHITENED}{views}") for n, views in ((1, ""), (3, "-views"))}
"""By the number of views that it looks at: less the mean of base pictures, and as ours are."""
N_PAIRS = 9


def raw_rival(folder: Path) -> Backbone:
    """The rival before centring: embeddings (n, 1280) are the features' means over places."""
    ARCHITECTURES[ARCHITECTURE] = Architecture(_body)
    network = EmbeddingNetwork(ARCHITECTURE, 224, unit_length=False)
    state = torch.load(folder / WEIGHTS, weights_only=True)
    named = {name.removeprefix("features."): w.float() for name, w in state.items()}
    network.body.load_state_dict({n: w for n, w in named.items() if "classifier" not in n})
    network.std.fill_(0.5)  # RGB in [-1, 1]
    network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    card = ModelCard(RIVAL, ARCHITECTURE, 224, digest, unit_length=False)
    return Backbone(card, network, torch.zeros(1280), runtime=runtime_of(network))


def with_views(raw: Backbone) -> Backbone:
    """The rival before centring, its embedding the mean over three views."""
    assert isinstance(raw.network, EmbeddingNetwork)
    member = Member(RIVAL, raw.card.sha256, tuple(VIEWS))
    network = RawViews([MemberNetwork(raw.network, member)])
    digest = hashlib.sha256(raw.card.sha256.encode() + b"views").hexdigest()
    card = replace(raw.card, name=RIVALS[3][0], sha256=digest)
    return Backbone(card, network, raw.initial_head, runtime=runtime_of(network))


class RawViews(JointNetwork):
    """Features, not centred: what a joint network computes up to there."""

    unit_length = False

    def finished(self, features: Tensor) -> Tensor:
        """The features."""
        return features


def centred_rival(raw: Backbone, base: Tensor, *, whitened: bool, n_views: int = 1) -> Backbone:
    """The rival under CL2N by the raw features (n, 1280) of base pictures.

    Args:
        raw: with one view, whatever the base features are of.
        whitened: whether its features are raised to a power and whitened too, as the shipped
            backbones' are.
    """
    network = EmbeddingNetwork(ARCHITECTURE, 224, unit_length=True)
    network.load_state_dict(raw.network.state_dict(), strict=False)
    network.base_mean.copy_(base.mean(0))
    if whitened:
        fill_statistics(network, base)
    network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    name = RIVALS[n_views][int(whitened)]
    # The digest says the statistics too: figures under another base are other figures.
    content = raw.card.sha256.encode() + network.base_mean.numpy().tobytes()
    content += network.base_whitening.numpy().tobytes()
    digest = hashlib.sha256(content + name.encode()).hexdigest()
    card = replace(raw.card, name=name, sha256=digest, unit_length=True)
    return Backbone(card, network, torch.zeros(1280))


def unit(raw: Tensor, backbone: Backbone) -> Tensor:
    """Embeddings (n, d) of raw features (n, d), as the backbone's network makes them."""
    return backbone.network.finished(raw)


def milliseconds_a_picture(backbones: Sequence[Backbone], batch: int) -> list[float]:
    """Medians over rounds on fresh pictures at 224 px, the backbones in turns.

    All embed by a `Runtime`, as the shipped ones do in the product.
    """
    spent: list[list[float]] = []
    generator = torch.Generator().manual_seed(0)
    for _ in range(N_PAIRS + 2):
        pixels = torch.rand(batch, 3, 224, 224, generator=generator)
        spent.append([_seconds(one.embed, pixels) for one in backbones])
    warm = spent[2:]
    return [1000 * median(of_one) / batch for of_one in zip(*warm, strict=True)]


def _seconds(embed: Callable[[Tensor], Tensor], pixels: Tensor) -> float:
    began = time.perf_counter()
    embed(pixels)
    return time.perf_counter() - began


def _body() -> nn.Sequential:
    body: nn.Sequential = mobilenet_v2(weights=None).features
    return body


def main() -> None:
    """Tell how long a picture takes in the shipped backbone, and in the rival with its views."""
    if len(sys.argv) != 2:
        sys.stderr.write(f"{__doc__}\n")
        return
    torch.set_num_threads(1)
    rival = raw_rival(Path(sys.argv[1]))
    backbones = [load_backbone(), rival, with_views(rival)]
    for batch in (1, 16):
        for one, spent in zip(backbones, milliseconds_a_picture(backbones, batch), strict=True):
            sys.stdout.write(f"batch {batch:2}: {one.name} {spent:6.2f} ms a picture\n")


if __name__ == "__main__":
    main()
