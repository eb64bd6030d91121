"""The end of a training: base statistics, scale, validation accuracy, facts of the card."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.embedding import EmbeddingNetwork, ModelCard, Network
from medmeta_core.embedding.base_statistics import bent
from medmeta_core.embedding.files.training_images import read_training_images
from medmeta_core.embedding.files.weights import file_digest
from medmeta_core.embedding.joint.joint_network import MemberNetwork
from medmeta_core.methods import prototypes
from medmeta_core.training.inputs.base_images import BaseImages
from medmeta_core.training.inputs.tasks import Look, TaskSource, varied
from medmeta_core.training.learners.starts import STARTS
from medmeta_core.training.loop.distributed import ALONE, ProcessGroup
from medmeta_core.training.recipe import Recipe


def card_facts(
    recipe: Recipe, images: BaseImages, *, seconds: float, start: Path | None = None
) -> dict[str, Any]:
    """The facts of a card.

    Args:
        images: trained on.
        seconds: that it took.
        start: card of the backbone that the training began with.
    """
    settings = {
        key: list(value) if isinstance(value, tuple) else value  # as JSON has it
        for key, value in asdict(recipe).items()
        if key not in ("sets", "teachers", "validation_sets")
    }
    return {
        "intended_use": "Research and education. Not for use on patients.",
        "limits": _limits(images),
        "trained_on": [Path(base_set.folder).name for base_set in recipe.sets],
        "data": [
            {
                "set": Path(base_set.folder).name,
                "licence": base_set.licence,
                "held_out": [*base_set.without, *base_set.validation],
                "images": int((images.set_index == number).sum()),
            }
            for number, base_set in enumerate(recipe.sets)
        ],
        "n_conditions": len(images.conditions),
        "n_images": len(images.labels),
        "n_with_patient": sum(group is not None for group in images.groups),
        "n_refused": len(images.refusals),
        "n_without_condition": images.n_without_condition,
        "validated_on": [Path(base_set.folder).name for base_set in recipe.validation_sets],
        "teachers": [Path(teacher).name for teacher in recipe.teachers],
        "recipe": settings,
        "training_seconds": round(seconds),
        "torch": torch.__version__.split("+")[0],
    } | _began_with(recipe, start)


def training_digests(images: BaseImages, start: Path | None) -> frozenset[str]:
    """What is recorded of the files trained on, those of the weights begun with included.

    Raises:
        BackboneError: the record of the weights begun with cannot be read.
    """
    earlier = read_training_images(start) if start else None
    return frozenset(map(file_digest, images.paths)) | (earlier or frozenset())


def _limits(images: BaseImages) -> list[str]:
    """What is known of this run, and nothing of others."""
    unknown = any(group is None for group in images.groups)
    return [
        *(["Patients are not known for all training images."] if unknown else []),
        "Probabilities hold only for images like the examples, not across scanners.",
    ]


def _began_with(recipe: Recipe, start: Path | None) -> dict[str, Any]:
    """Where the weights come from that the training began with."""
    if start:
        card = ModelCard.read(start)
        return {"start": {"name": card.name, "sha256": card.sha256}}
    if not recipe.start:
        return {}
    published = STARTS[recipe.start]
    return {
        "start": {
            "name": recipe.start,
            "package": published.requirement,
            "sha256": published.sha256,
            "licence": published.licence,
        }
    }


WHITENING_FLOOR = 1.0
"""Share of the mean variance that is added to every direction before whitening."""

FEATURE_POWER = 0.5
"""To which features are raised before they are centred."""


@torch.inference_mode()
def with_base_statistics(network: EmbeddingNetwork, images: BaseImages) -> EmbeddingNetwork:
    """The network with mean and whitening of its features over the base pictures, uncropped."""
    side = (network.input_side, network.input_side)
    batches = (
        F.interpolate(images.pixels[chunk].float() / 255, side, mode="bilinear", antialias=True)
        for chunk in torch.split(torch.nonzero(images.labels >= 0).flatten(), 64)
    )
    features = torch.cat([network.pooled(pixels) for pixels in batches])
    if network.unit_length:
        fill_statistics(network, features)
    else:
        network.base_mean.copy_(features.mean(0))
    return network


def fill_statistics(network: EmbeddingNetwork | MemberNetwork, features: Tensor) -> None:
    """Give a whitened network the statistics of the base pictures' features (n, d)."""
    network.base_power.fill_(FEATURE_POWER)
    features = bent(features, network.base_power)
    network.base_mean.copy_(features.mean(0))
    network.base_whitening.copy_(whitening(features))


def whitening(features: Tensor) -> Tensor:
    """The map (d, d) after which centred features (n, d) vary alike in every direction.

    PCA whitening; directions that hardly vary are held back by WHITENING_FLOOR. What two
    conditions of a new task differ in is seldom what varies most among the base pictures.
    """
    return whitening_of(torch.cov(features.T.double())).to(features)


def whitening_of(covariance: Tensor) -> Tensor:
    """The map (d, d) of features of this covariance (d, d), float64."""
    spreads, axes = torch.linalg.eigh(covariance)
    floor = WHITENING_FLOOR * spreads.mean()
    scaled: Tensor = axes * (spreads.clamp_min(0) + floor).rsqrt()
    return scaled


N_SCALE_TASKS = 60


@torch.inference_mode()
def fit_scale(
    embed: Callable[[Tensor], Tensor], images: BaseImages, recipe: Recipe, *, look: Look = varied
) -> float:
    """The scale, by the likelihood of queries over `N_SCALE_TASKS` tasks of training conditions.

    Args:
        embed: what `look` shows of the pictures → embeddings (n, d).
    """
    source = TaskSource(images, recipe, look=look)
    generator = torch.Generator().manual_seed(recipe.seed)
    grid = torch.logspace(-4, 2.5, 66)
    losses = torch.zeros(len(grid))
    for _ in range(N_SCALE_TASKS):
        task = source.draw(generator)
        means = prototypes(embed(task.support), task.support_labels, task.n_way)
        squared = torch.cdist(embed(task.query), means).square()
        for i, scale in enumerate(grid):
            losses[i] += F.cross_entropy(-scale * squared, task.query_labels)
    return round(float(grid[losses.argmin()]), 4)


N_VALIDATION_TASKS = 40


@torch.no_grad()
def prototype_accuracy(network: Network, source: TaskSource, ranks: ProcessGroup = ALONE) -> float:
    """Mean accuracy of the nearest prototype over the same `N_VALIDATION_TASKS` tasks each time."""
    was_training = network.training
    network.eval()
    correct = torch.zeros(1, dtype=torch.float64, device=ranks.device)
    for number in ranks.share(N_VALIDATION_TASKS):
        task = source.numbered(number).to(ranks.device)
        means = prototypes(network(task.support), task.support_labels, task.n_way)
        nearest = torch.cdist(network(task.query), means).argmin(1)
        correct += (nearest == task.query_labels).double().mean()
    network.train(was_training)
    return float(ranks.total(correct)) / N_VALIDATION_TASKS
