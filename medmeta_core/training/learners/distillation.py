"""Supervised training with distillation: how the shipped backbone learns to see.

Cross-entropy over all base conditions, plus a teacher's features as a guide: their direction
(cosine), at every place of the last maps too, and the geometry of a batch (relational
distillation, Park et al. 2019, arXiv:1904.05068). Student and teacher see the same pixels, drawn
anew at every step (Beyer et al. 2022: A good teacher is patient and consistent,
arXiv:2106.05237).

From published weights the network keeps its batch normalisation, and its own first state may be
among the teachers: what it knew stays a lesson (Li and Hoiem 2016, arXiv:1606.09282).
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.embedding.inference.engine import lowered
from medmeta_core.training.finishing import prototype_accuracy
from medmeta_core.training.inputs.base_images import BaseImages
from medmeta_core.training.inputs.batches import Batch, Batches
from medmeta_core.training.inputs.tasks import TaskSource
from medmeta_core.training.inputs.unseen_sets import UnseenSets
from medmeta_core.training.learners.starts import STARTS, begin_with
from medmeta_core.training.learners.teachers import Teacher
from medmeta_core.training.loop.best import Best
from medmeta_core.training.loop.distributed import ProcessGroup
from medmeta_core.training.loop.training_loop import Run, TrainingLoop
from medmeta_core.training.recipe import START, Recipe

UNSEEN = "accuracy on unseen sets"

HEADS_RATE = 5.0
"""Rate of classifier and projections, which begin at random, beside that of a started network."""


@dataclass(frozen=True, eq=False)
class Validation:
    """What is looked at along the way: kept pictures of the training's sets, and unseen sets."""

    tasks: TaskSource | None = None
    unseen: UnseenSets | None = None


class Student(nn.Module):
    """The backbone with a classifier and one projection for each teacher."""

    def __init__(self, network: EmbeddingNetwork, n_conditions: int, widths: list[int]) -> None:
        super().__init__()
        self.network = network
        n_channels = network.n_channels[-1]
        self.classifier = nn.Linear(n_channels * network.grid**2, n_conditions)
        self.projections = nn.ModuleList(nn.Conv2d(n_channels, width, 1) for width in widths)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Maps (n, c, g, g) and logits (n, n_conditions)."""
        maps = self.network.maps(pixels)
        return maps, self.classifier(self.network.pool(maps))

    def begin_as(self, teacher: int, of: Teacher) -> None:
        """Let the projection for a teacher, the network's own first state, say what it says."""
        projection = self.projections[teacher]
        assert isinstance(projection, nn.Conv2d) and projection.bias is not None
        nn.init.dirac_(projection.weight)
        with torch.no_grad():
            projection.bias.copy_(-of.mean)


def distillation_loss(student: Student, maps: Tensor, batch: Batch) -> Tensor:
    """Cosine losses of the picture and its places, and the relational loss; 0 with no teacher."""
    if not student.projections:
        return torch.zeros(())
    places = student.projections[batch.teacher](maps).float()
    whole = F.normalize(places.mean((2, 3)), dim=1)
    of_picture = 1 - (whole * batch.directions).sum(1).mean()
    of_places = 1 - (F.normalize(places, dim=1) * batch.places).sum(1).mean()
    relations = F.mse_loss(whole @ whole.T, batch.directions @ batch.directions.T)
    return 2 * of_picture + of_places + 8 * relations


def new_network(recipe: Recipe) -> EmbeddingNetwork:
    """The network before its first step: of random weights, or of those it starts from.

    Raises:
        BackboneError: the weights to start from are not installed.
    """
    torch.manual_seed(recipe.seed)
    network = EmbeddingNetwork(
        recipe.architecture, recipe.input_side, unit_length=recipe.unit_length
    )
    if recipe.start:
        begin_with(STARTS[recipe.start], network.body)
    return network


def train(
    images: BaseImages,
    teachers: list[Teacher],
    run: Run,
    *,
    network: EmbeddingNetwork,
    validation: Validation,
    is_started: bool,
) -> Best:
    """Train `network` and give it its best weights; goes on from the checkpoint of the run.

    Args:
        is_started: whether it has learned before. Its batch normalisation then stays as it is.
    """
    recipe, ranks = run.fingerprint.recipe, run.ranks
    student = (
        _student(network, images, teachers, recipe)
        .train(not is_started)
        .to(
            ranks.device,
            memory_format=torch.channels_last,  # type: ignore[call-overload]
        )
    )
    optimiser = torch.optim.AdamW(
        _groups(student, is_started=is_started), lr=recipe.rate, weight_decay=0.05
    )
    best = Best(network, patience=recipe.patience)
    loop = TrainingLoop(run, {"student": student, "optimiser": optimiser, "best": best})
    batches = Batches(images, recipe, teachers, ranks=ranks).since(loop.first)
    for step, batch in zip(loop.steps(until=lambda: best.is_over), batches, strict=False):
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate_at(step) * group.get("share", 1.0)
        loop.tell(step, _step(student, optimiser, batch.to(ranks.device), recipe, ranks))
        if loop.is_validation_due(step):
            _look(network, validation, loop, best, step)
    best.put_back(with_last=recipe.average)
    network.cpu().eval()
    return best


def _student(
    network: EmbeddingNetwork, images: BaseImages, teachers: list[Teacher], recipe: Recipe
) -> Student:
    widths = [teacher.n_features for teacher in teachers]
    student = Student(network, len(images.conditions), widths)
    for number, name in enumerate(recipe.teachers):
        if name == START:
            student.begin_as(number, teachers[number])
    return student


def _groups(student: Student, *, is_started: bool) -> list[dict[str, Any]]:
    """The parameters with their share of the rate."""
    if not is_started:
        return [{"params": list(student.parameters()), "share": 1.0}]
    heads = [*student.classifier.parameters(), *student.projections.parameters()]
    return [
        {"params": list(student.network.parameters()), "share": 1.0},
        {"params": heads, "share": HEADS_RATE},
    ]


def _look(
    network: EmbeddingNetwork, validation: Validation, loop: TrainingLoop, best: Best, step: int
) -> None:
    """Tell how well the network does on what it does not learn from; keep it if it is the best."""
    ranks = loop.ranks
    if validation.tasks is not None:
        accuracy = prototype_accuracy(network, validation.tasks, ranks)
        loop.tell_validation(step, accuracy)
    if validation.unseen is not None:
        accuracy = validation.unseen.mean_accuracy(network, ranks)
        loop.tell_validation(step, accuracy, curve=UNSEEN)
        best.look(step, accuracy)


def _step(
    student: Student,
    optimiser: torch.optim.Optimizer,
    batch: Batch,
    recipe: Recipe,
    ranks: ProcessGroup,
) -> dict[str, float]:
    """One step along the mean gradient of all processes; this one's losses."""
    optimiser.zero_grad(set_to_none=True)
    losses = dict[str, float]()
    for piece in batch.pieces(recipe.micro_batch):
        share = len(piece.pixels) / len(batch.pixels)
        for curve, value in _learn(student, piece, recipe.label_weight, share=share).items():
            losses[curve] = losses.get(curve, 0.0) + share * value
    ranks.average_gradients(student)
    nn.utils.clip_grad_norm_(student.parameters(), 5.0)
    optimiser.step()
    ranks.average_buffers(student)
    return losses


def _learn(
    student: Student, batch: Batch, label_weight: float, *, share: float
) -> dict[str, float]:
    """Add the gradients of a batch, by its share of a step; its losses."""
    with lowered(batch.pixels.device):
        maps, logits = student(batch.pixels.contiguous(memory_format=torch.channels_last))
        guided = distillation_loss(student, maps, batch)
    smooth = 0.9 * batch.labels + 0.1 * batch.labels.sum(1, keepdim=True) / batch.labels.shape[1]
    labelled = F.cross_entropy(logits.float(), smooth)
    (share * (label_weight * labelled + guided)).backward()  # type: ignore[no-untyped-call]
    losses = {"labels": float(labelled.detach())}
    return losses | ({"teachers": float(guided.detach())} if student.projections else {})
