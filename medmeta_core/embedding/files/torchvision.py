"""Backbones of torchvision with their published weights: fetched when the user asks, never before.

Of each network the first recipe (V1) is on offer: the later ones smooth their labels, which
raises their own accuracy and makes their features worse for other tasks (Kornblith et al. 2021,
arXiv:2010.16402).
"""

import hashlib
import io
import pickle
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import torch
from torch import Tensor
from torchvision import models
from torchvision.models import WeightsEnum

from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.files.tensor_targets import torchvision_network
from medmeta_core.embedding.files.user_backbones import keep_backbone
from medmeta_core.errors import BackboneError
from medmeta_core.progress import Progress, silent

INPUT_SIDE = 224
PATIENCE_SECONDS = 20
BLOCK_BYTES = 2**18
LICENCE = (
    "Code: BSD-3-Clause. The weights were trained on ImageNet-1K, whose terms allow "
    "non-commercial research and education; torchvision grants no further rights."
)


@dataclass(frozen=True)
class Published:
    """Weights that can be fetched.

    Attributes:
        sha256: of the whole file; its name ends in the first eight digits of it.
        megabytes: size of the file.
        parameters: of the whole network.
    """

    architecture: str
    url: str
    sha256: str
    megabytes: float
    parameters: int

    @property
    def host(self) -> str:
        """The machine that is asked."""
        return urlsplit(self.url).netloc


def _published(architecture: str, weights: WeightsEnum, sha256: str) -> Published:
    stated = weights.meta
    size, parameters = stated["_file_size"], stated["num_params"]
    return Published(architecture, weights.url, sha256, size, parameters)


OFFERS = (
    (
        "mobilenet_v3_large",
        models.MobileNet_V3_Large_Weights.IMAGENET1K_V1,
        "8738ca797c879b547d18bbd15da5736ff2557b2036a9af72225393ca61759a04",
    ),
    (
        "efficientnet_b0",
        models.EfficientNet_B0_Weights.IMAGENET1K_V1,
        "7f5810bc96def8f7552d5b7e68d53c4786f81167d28291b21c0d90e1fca14934",
    ),
    (
        "resnet18",
        models.ResNet18_Weights.IMAGENET1K_V1,
        "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
    ),
    (
        "resnet50",
        models.ResNet50_Weights.IMAGENET1K_V1,
        "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
    ),
    (
        "convnext_tiny",
        models.ConvNeXt_Tiny_Weights.IMAGENET1K_V1,
        "983f1562536e84ff750a1576fb08e54de751dbf2e17c0d8a4a13704341fdcd3d",
    ),
    (
        "swin_t",
        models.Swin_T_Weights.IMAGENET1K_V1,
        "704ceda373461b0a224fcdddd75cd2a5e9f8064512ed47adbddef7f343fd147b",
    ),
)
"""Architecture, torchvision's own entry, and the file's sha256, of which torchvision itself states
the first eight digits (in the file's name)."""

PUBLISHED: dict[str, Published] = {
    f"torchvision-{offer[0].replace('_', '-')}": _published(*offer) for offer in OFFERS
}


def fetch_backbone(name: str, progress: Progress = silent) -> ModelCard:
    """Fetch published weights over the network and keep them among the user's own; the card.

    Nothing but the address of the file is sent.

    Raises:
        BackboneError: the name is not on offer, the machine is offline, or what came is not
            the published file.
        Stopped: the progress listener stopped the work; nothing is kept.
    """
    if name not in PUBLISHED:
        raise BackboneError("not-published", name=name, known=", ".join(PUBLISHED))
    offer = PUBLISHED[name]
    content = _download(offer, lambda done, label: progress(0.9 * done, label))
    digest = hashlib.sha256(content).hexdigest()
    if digest != offer.sha256:
        raise BackboneError("fetch-altered", host=offer.host, stated=offer.sha256, found=digest)
    progress(0.92, offer.architecture)
    network = torchvision_network(_unpickled(content), offer.architecture, INPUT_SIDE)
    card = ModelCard(name, offer.architecture, INPUT_SIDE, "", facts=_facts(offer, digest))
    progress(0.96, offer.architecture)
    return keep_backbone(network.state_dict, card)


def _download(offer: Published, progress: Progress) -> bytes:
    """The file; at most half as large again as announced."""
    limit = int(1.5 * offer.megabytes * 2**20) + BLOCK_BYTES
    request = Request(offer.url, headers={"User-Agent": "MedMeta"})
    content = bytearray()
    progress(0.0, offer.host)
    try:
        with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            stated = int(answer.headers.get("Content-Length") or 0)
            while block := answer.read(BLOCK_BYTES):
                content += block
                if len(content) > limit:
                    raise BackboneError("fetch-too-large", limit=limit >> 20)
                done = len(content) / (stated or offer.megabytes * 2**20)
                progress(min(done, 1.0), f"{len(content) / 2**20:.0f} MB")
    except HTTPError as error:
        raise BackboneError("fetch-refused", host=offer.host, status=error.code) from error
    except URLError as error:
        raise BackboneError("fetch-offline", host=offer.host) from error
    except (OSError, HTTPException, ValueError) as error:
        raise BackboneError("fetch-broken") from error
    if len(content) < stated:
        raise BackboneError("fetch-broken")
    return bytes(content)


def _unpickled(content: bytes) -> dict[str, Tensor]:
    """The tensors of a file of torch.save, read without running anything that it holds."""
    try:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise BackboneError("fetch-no-weights") from error
    if not isinstance(state, dict) or not all(isinstance(t, Tensor) for t in state.values()):
        raise BackboneError("fetch-other-content")
    return {name: tensor.float() for name, tensor in state.items() if tensor.is_floating_point()}


def _facts(offer: Published, digest: str) -> dict[str, object]:
    return {
        "intended_use": "Research and education. Not for use on patients.",
        "limits": [
            "Trained on photographs of everyday things, on no medical image.",
            "No base statistics: embeddings are centred by zeros and not whitened.",
        ],
        "origin": offer.url,
        "licence": LICENCE,
        "data": [{"set": "ImageNet-1K", "licence": "non-commercial research", "images": 1_281_167}],
        "parameters": offer.parameters,
        "fetched": datetime.now(UTC).date().isoformat(),
        "source_sha256": digest,
    }
