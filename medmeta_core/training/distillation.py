"""Supervised training with distillation: how the shipped backbone learns to see.

Cross-entropy over all base conditions, plus a teacher's features as a guide: their direction
(cosine), at every place of the last maps too, and the geometry of a batch (relational
distillation, Park et al. 2019, arXiv:1904.05068). Student and teacher see the same pixels, drawn
anew at every step (Beyer et al. 2022: A good teacher is patient and consistent,
arXiv:2106.05237).
"""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.progress import Progress, silent
from medmeta_core.training.base_images import BaseImages
from medmeta_core.training.batches import Batch, Batches
from medmeta_core.training.checkpoint import Checkpoint
from medmeta_core.training.precision import lowered
from medmeta_core.training.recipe import Recipe
from medmeta_core.training.teachers import Teacher


class Student(nn.Module):
    """The backbone with a classifier and one projection for each teacher."""

    def __init__(self, network: EmbeddingNetwork, n_conditions: int, widths: list[int]) -> None:
        super().__init__()
        self.network = network
        n_channels = network.n_features // network.grid**2
        self.classifier = nn.Linear(network.n_features, n_conditions)
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
    recipe: Recipe,
    teachers: list[Teacher],
    *,
    folder: Path,
    progress: Progress = silent,
) -> EmbeddingNetwork:
    """The trained network; resumes from the checkpoint in `folder`."""
    torch.manual_seed(recipe.seed)
    network = EmbeddingNetwork(
        recipe.architecture, recipe.input_side, unit_length=recipe.unit_length
    )
    student = Student(
        network,
        len(images.conditions),
        [teacher.n_features for teacher in teachers],
    ).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(student.parameters(), lr=recipe.rate, weight_decay=0.05)
    checkpoint, first = Checkpoint(folder / "checkpoint.pt"), 0
    if state := checkpoint.read():
        first = _restore(state, student, optimiser)
    batches = Batches(images, recipe, teachers).since(first)
    for step, batch in enumerate(batches, start=first):
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate_at(step)
        told = _step(student, optimiser, batch, recipe.label_weight)
        if step % 10 == 0:
            progress(step / recipe.n_steps, f"step {step}/{recipe.n_steps} {told}")
        if checkpoint.is_due():
            checkpoint.write(_state(student, optimiser, step + 1))
    checkpoint.write(_state(student, optimiser, recipe.n_steps))
    return network.eval()


def _step(
    student: Student, optimiser: torch.optim.Optimizer, batch: Batch, label_weight: float
) -> str:
    """One step; its losses, to be read."""
    with lowered():
        maps, logits = student(batch.pixels.contiguous(memory_format=torch.channels_last))
        guided = distillation_loss(student, maps, batch)
    smooth = 0.9 * batch.labels + 0.1 * batch.labels.sum(1, keepdim=True) / batch.labels.shape[1]
    labelled = F.cross_entropy(logits.float(), smooth)
    optimiser.zero_grad(set_to_none=True)
    (label_weight * labelled + guided).backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(student.parameters(), 5.0)
    optimiser.step()
    return f"labels {float(labelled.detach()):.3f} teachers {float(guided.detach()):.3f}"


def _state(student: Student, optimiser: torch.optim.Optimizer, step: int) -> dict[str, Any]:
    return {"student": student.state_dict(), "optimiser": optimiser.state_dict(), "step": step}


def _restore(state: dict[str, Any], student: Student, optimiser: torch.optim.Optimizer) -> int:
    student.load_state_dict(state["student"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])
