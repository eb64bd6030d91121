"""Supervised training with distillation: how the shipped backbone learns to see.

Cross-entropy over all base conditions, plus a teacher's features as a guide: their direction
(cosine), at every place of the last maps too, and the geometry of a batch (relational
distillation, Park et al. 2019, arXiv:1904.05068). Student and teacher see the same pixels, drawn
anew at every step (Beyer et al. 2022: A good teacher is patient and consistent,
arXiv:2106.05237).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.precision import lowered
from medmeta_core.training.base_images import BaseImages
from medmeta_core.training.batches import Batch, Batches
from medmeta_core.training.course import Course, Run
from medmeta_core.training.ranks import ALONE, Ranks
from medmeta_core.training.tasks import TaskSource
from medmeta_core.training.teachers import Teacher
from medmeta_core.training.validation import prototype_accuracy


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


def train(
    images: BaseImages,
    teachers: list[Teacher],
    run: Run,
    *,
    validation: TaskSource | None = None,
) -> EmbeddingNetwork:
    """The trained network; goes on from the checkpoint of the run."""
    recipe, ranks = run.origin.recipe, run.ranks
    torch.manual_seed(recipe.seed)
    network = EmbeddingNetwork(
        recipe.architecture, recipe.input_side, unit_length=recipe.unit_length
    )
    student = Student(
        network,
        len(images.conditions),
        [teacher.n_features for teacher in teachers],
    ).to(ranks.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(student.parameters(), lr=recipe.rate, weight_decay=0.05)
    course = Course(run, {"student": student, "optimiser": optimiser})
    batches = Batches(images, recipe, teachers, ranks=ranks).since(course.first)
    for step, batch in zip(course.steps(), batches, strict=False):
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate_at(step)
        shown = batch.to(ranks.device)
        told = _step(student, optimiser, shown, label_weight=recipe.label_weight, ranks=ranks)
        course.tell(step, told)
        if validation is not None and course.is_validation_due(step):
            accuracy = prototype_accuracy(network, validation, ranks)
            course.tell_validation(step, accuracy)
    return network.cpu().eval()


def _step(
    student: Student,
    optimiser: torch.optim.Optimizer,
    batch: Batch,
    *,
    label_weight: float,
    ranks: Ranks = ALONE,
) -> dict[str, float]:
    """One step along the mean gradient of all processes; this one's losses."""
    with lowered(batch.pixels.device):
        maps, logits = student(batch.pixels.contiguous(memory_format=torch.channels_last))
        guided = distillation_loss(student, maps, batch)
    smooth = 0.9 * batch.labels + 0.1 * batch.labels.sum(1, keepdim=True) / batch.labels.shape[1]
    labelled = F.cross_entropy(logits.float(), smooth)
    optimiser.zero_grad(set_to_none=True)
    (label_weight * labelled + guided).backward()  # type: ignore[no-untyped-call]
    ranks.average_gradients(student)
    nn.utils.clip_grad_norm_(student.parameters(), 5.0)
    optimiser.step()
    ranks.average_buffers(student)
    told = {"labels": float(labelled.detach())}
    return told | ({"teachers": float(guided.detach())} if student.projections else {})
