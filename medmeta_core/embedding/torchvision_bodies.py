"""The networks of torchvision that serve as bodies, and how a body is cut out of the whole.

A body ends in maps (n, c, h, w) whose mean over the places is what the network itself hands to
its classifier, with one departure: ConvNeXt normalises after that mean and here before it, at
each place, because Grad-CAM needs the last layer to have places.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn
from torchvision import models


@dataclass(frozen=True)
class WholeNetwork:
    """A network as torchvision builds it, and the part of it that makes maps.

    Attributes:
        build: the whole, with random weights; its names are those of published weights.
        body_of: the part before the pooling.
        head: how the names of the classifier's tensors begin; these are left out.
    """

    build: Callable[[], nn.Module]
    body_of: Callable[[nn.Module], nn.Sequential]
    head: str


def _without_head(whole: nn.Module) -> nn.Sequential:
    return nn.Sequential(*list(whole.children())[:-2])


def _features(whole: nn.Module) -> nn.Sequential:
    return nn.Sequential(*whole.get_submodule("features").children())


def _convnext(whole: nn.Module) -> nn.Sequential:
    return nn.Sequential(*_features(whole), whole.get_submodule("classifier.0"))


def _swin(whole: nn.Module) -> nn.Sequential:
    names = ("features", "norm", "permute")  # the last one: (n, h, w, c) → (n, c, h, w)
    return nn.Sequential(*(whole.get_submodule(name) for name in names))


WHOLE_NETWORKS: dict[str, WholeNetwork] = {
    "resnet18": WholeNetwork(models.resnet18, _without_head, "fc."),
    "resnet50": WholeNetwork(models.resnet50, _without_head, "fc."),
    "mobilenet_v3_large": WholeNetwork(models.mobilenet_v3_large, _features, "classifier."),
    "efficientnet_b0": WholeNetwork(models.efficientnet_b0, _features, "classifier."),
    "convnext_tiny": WholeNetwork(models.convnext_tiny, _convnext, "classifier.2."),
    "swin_t": WholeNetwork(models.swin_t, _swin, "head."),
}


def new_body(architecture: str) -> nn.Sequential:
    """The body of a network of torchvision, with random weights."""
    whole = WHOLE_NETWORKS[architecture]
    return whole.body_of(whole.build())
