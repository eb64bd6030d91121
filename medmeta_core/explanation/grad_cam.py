"""Grad-CAM for any `Classifier`, through the grad-cam package.

Selvaraju et al. 2017, arXiv:1610.02391. Scores are defined up to a constant that softmax
cancels, so the map explains the score of a condition minus the mean over all conditions.
"""

import copy
import importlib
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding.joint.joint_network import JointNetwork
from medmeta_core.embedding.modules.module_body import NoPlaces
from medmeta_core.errors import BackboneError
from medmeta_core.explanation.explanation import Explanation
from medmeta_core.explanation.joint_grad_cam import joined_map, member_maps, shares_of_score
from medmeta_core.methods import Classifier
from medmeta_core.numerics import finite, numerical_failures


class ScoreAboveMean:
    """What Grad-CAM differentiates: how far one condition's score stands above the mean."""

    def __init__(self, index: int) -> None:
        self._index = index

    def __call__(self, scores: Tensor) -> Tensor:
        """The target of one image's scores (n_conditions,)."""
        return scores[self._index] - scores.mean()


def grad_cam(classifier: Classifier, pixels: Tensor, condition: str) -> Explanation:
    """Where in pixels (3, h, w) the evidence for `condition` lies; the map is (h, w).

    Raises:
        ValueError: the classifier does not know the condition.
        NumericalError: the gradients are not finite.
        BackboneError: the backbone has no layer with places.
    """
    if any(isinstance(layer, NoPlaces) for layer in classifier.saliency_layer.modules()):
        raise BackboneError("no-saliency-layer")
    with numerical_failures():
        unscaled = _unscaled_map(classifier, pixels, classifier.conditions.index(condition))
    return from_map(
        finite(unscaled),
        condition,
        size=(int(pixels.shape[-2]), int(pixels.shape[-1])),
    )


def from_map(unscaled: Tensor, condition: str, *, size: tuple[int, int]) -> Explanation:
    """The explanation that an unscaled map (h', w') amounts to, enlarged to `size`.

    >>> from_map(torch.tensor([[0.0, 4.0]]), "flu", size=(1, 2)).heat_map.tolist()
    [[0.0, 1.0]]
    >>> from_map(torch.tensor([[-1.0, -2.0]]), "flu", size=(1, 2)).peak
    0.0
    """
    positive = F.relu(unscaled)
    peak = float(positive.max())
    scaled = positive / peak if peak > 0 else positive
    enlarged = F.interpolate(scaled[None, None], size, mode="bicubic", align_corners=False)
    return Explanation(enlarged[0, 0].clamp(0, 1).numpy().astype(np.float32), peak, condition)


def prepare_grad_cam() -> None:
    """Import the package, 2 s that the first heat map need not wait for."""
    importlib.import_module("pytorch_grad_cam.grad_cam")


def _unscaled_map(classifier: Classifier, pixels: Tensor, index: int) -> Tensor:
    """Channel weights times the saliency layer's activations, summed: (h', w')."""
    if isinstance(classifier.embedding, JointNetwork):
        return _joint_map(classifier, classifier.embedding, pixels, ScoreAboveMean(index))
    # Imported here: the package brings OpenCV, which start-up need not wait for.
    from pytorch_grad_cam.grad_cam import GradCAM

    network, (layer,) = _private_copy(classifier, [classifier.saliency_layer])
    targets = [ScoreAboveMean(index)]
    with torch.enable_grad(), GradCAM(network, [layer]) as cam:
        cam(input_tensor=pixels[None], targets=targets)
        recorder = cam.activations_and_grads
        unscaled = cam.get_cam_image(
            pixels[None],
            layer,
            targets,
            recorder.activations[0].numpy(),
            recorder.gradients[0].numpy(),
        )
    return torch.from_numpy(np.asarray(unscaled[0], np.float32))


def _joint_map(
    classifier: Classifier, embedding: JointNetwork, pixels: Tensor, target: ScoreAboveMean
) -> Tensor:
    """One map of several networks."""
    saliency_layers = [member.network.saliency_layer for member in embedding.networks()]
    network, layers = _private_copy(classifier, saliency_layers)
    maps = member_maps(network, layers, pixels, target)
    return joined_map(embedding, maps, shares_of_score(embedding, classifier.head, pixels, target))


def _private_copy(
    classifier: Classifier, saliency_layers: Sequence[nn.Module]
) -> tuple[nn.Module, list[nn.Module]]:
    """The network with hooks of its own and shared weights, and its saliency layers.

    The package hangs hooks on modules: on a shared network two users would see each other.
    """
    network = classifier.network
    weights = [*network.parameters(), *network.buffers()]
    memo = {id(weight): weight for weight in weights}
    network_copy = copy.deepcopy(network, memo)
    layers: list[nn.Module] = [memo[id(layer)] for layer in saliency_layers]  # type: ignore[misc]
    for layer in layers:
        layer.register_forward_pre_hook(_start_gradient_here)
    return network_copy, layers


def _start_gradient_here(_layer: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Let the gradient begin at this layer: below it nobody asks for one."""
    return (inputs[0].detach().requires_grad_(), *inputs[1:])
