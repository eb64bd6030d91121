"""Grad-CAM of several networks that each look at several views: one map.

The map of a network is the mean of its views' maps, each put back where the view lies. The maps
are then joined by what the networks add to the score: each is scaled so that over the places of its
layer it sums to the share of the score that gradient times embedding gives its part, and they are
added. So a peak is in units of the score, as that of a single network is, and evidence that is
faint in the score is faint in the map.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding.joint.joint_network import JointNetwork
from medmeta_core.embedding.joint.views import joined_views

SIDE = 40
"""Places a side of the joined map; more than the layers have."""

Target = Callable[[Tensor], Tensor]
"""What is explained, of one image's scores (n_conditions,)."""


def shares_of_score(
    network: JointNetwork, head: nn.Module, pixels: Tensor, target: Target
) -> Tensor:
    """(n_members,) what each network's part of the embedding adds to the score, to first order.

    Args:
        pixels: (3, h, w).
    """
    with torch.no_grad():
        embedding = network(pixels[None])
    with torch.enable_grad():
        leaf = embedding.detach().requires_grad_()
        (slope,) = torch.autograd.grad(target(head(leaf)[0]), leaf)
    return torch.stack([part.sum() for part in network.split(slope * embedding)])


def joined_map(network: JointNetwork, maps: Sequence[Tensor], shares: Tensor) -> Tensor:
    """One map (SIDE, SIDE) of the networks' maps (n_views, h, w), by their shares of the score.

    A network that lowers the score is left out: it shows no evidence for the condition.
    """
    joined = torch.zeros(SIDE, SIDE)
    for member, views, share in zip(network.networks(), maps, shares, strict=True):
        one = F.relu(joined_views(views, member.member.views, SIDE))
        if share > 0 and one.max() > 0:
            n_places = views.shape[-2] * views.shape[-1]
            joined += share * one / (one.mean() * n_places)
    return joined


def member_maps(
    network: nn.Module, layers: Sequence[nn.Module], pixels: Tensor, target: Target
) -> list[Tensor]:
    """For each layer the maps (n_views, h, w) of channel weights times activations.

    Args:
        network: pixels → scores, with hooks of its own.
        pixels: (3, h, w).
    """
    # Imported here: the package brings OpenCV, which start-up need not wait for.
    from pytorch_grad_cam.grad_cam import GradCAM

    with torch.enable_grad(), GradCAM(network, list(layers)) as cam:
        seen = cam.activations_and_grads
        target(seen(pixels[None])[0]).backward()  # type: ignore[no-untyped-call]
        return [
            torch.from_numpy(
                np.asarray(
                    cam.get_cam_image(
                        pixels[None], layer, [target], values.numpy(), slopes.numpy()
                    ),
                    np.float32,
                )
            )
            for layer, values, slopes in zip(layers, seen.activations, seen.gradients, strict=True)
        ]
