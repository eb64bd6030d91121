"""Supervised training with distillation: the recipe of the interim backbone.

Cross-entropy over all base conditions, plus the teachers' features as a guide: their direction
(cosine) and the geometry of a batch (relational distillation, Park et al. 2019,
arXiv:1904.05068). Teachers see each cached view once; the student sees it again and again under
other exposures, which halves the cost.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import EmbeddingNetwork
from medmeta_core.progress import Progress, silent
from medmeta_core.training.augmentation import random_view, vary_exposure
from medmeta_core.training.base_images import BaseImages
from medmeta_core.training.checkpoint import Checkpoint
from medmeta_core.training.recipe import Recipe
from medmeta_core.training.teachers import Teacher

WHITENING_FLOOR = 0.01
"""Share of the mean variance that is added to every direction before whitening."""


@dataclass(frozen=True, eq=False)
class Views:
    """Cached crops: pixels (m, 3, s, s) uint8, their picture (m,), teachers' features (m, t, d)."""

    pixels: Tensor
    source: Tensor
    targets: Tensor


class Student(nn.Module):
    """The backbone with a classifier and one projection for each teacher."""

    def __init__(self, network: EmbeddingNetwork, n_conditions: int, teacher_width: int) -> None:
        super().__init__()
        self.network = network
        self.classifier = nn.Linear(network.n_features, n_conditions)
        self.projection = (
            nn.Linear(network.n_features, teacher_width) if teacher_width else nn.Identity()
        )

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features (n, d), logits (n, n_conditions), projections (n, teacher_width)."""
        features = self.network.pooled(pixels)
        return features, self.classifier(features), self.projection(features)


def cache_views(
    images: BaseImages, recipe: Recipe, teachers: list[Teacher], *, progress: Progress = silent
) -> Views:
    """`recipe.n_views` crops of every picture and what the teachers say of them."""
    generator = torch.Generator().manual_seed(recipe.seed)
    source = torch.arange(len(images.labels)).repeat(recipe.n_views)
    pixels, targets = [], []
    for done, chunk in enumerate(chunks := torch.split(source, 64)):
        progress(done / len(chunks), "views")
        views = torch.stack(
            [
                random_view(
                    images.pixels[i],
                    images.sets[int(images.set_index[i])],
                    side=recipe.input_side,
                    generator=generator,
                )
                for i in chunk
            ]
        )
        pixels.append(views)
        targets.append(
            torch.stack([teacher(views) for teacher in teachers], dim=1)
            if teachers
            else torch.empty(len(views), 0, 1)
        )
    features = torch.cat(targets).float()
    features = F.normalize(
        features - features.mean(0), dim=-1
    )  # centred: raw ones share a direction
    return Views(torch.cat(pixels), source, features.half())


def distillation_loss(projections: Tensor, targets: Tensor) -> Tensor:
    """Cosine and relational loss of projections (n, t * d) against unit targets (n, t, d); 0
    where there is no teacher (t = 0).
    """
    if targets.shape[1] == 0:
        return torch.zeros(())
    unit = F.normalize(projections.view_as(targets), dim=-1)
    cosine = 1 - (unit * targets).sum(-1).mean()
    relations = torch.einsum("itd,jtd->tij", unit, unit)
    wanted = torch.einsum("itd,jtd->tij", targets, targets)
    return cosine + 4 * F.mse_loss(relations, wanted)


def train(
    images: BaseImages,
    views: Views,
    recipe: Recipe,
    *,
    folder: Path,
    progress: Progress = silent,
) -> EmbeddingNetwork:
    """The trained network, base statistics set; resumes from the checkpoint in `folder`."""
    torch.manual_seed(recipe.seed)
    student = Student(
        EmbeddingNetwork(recipe.architecture, recipe.input_side, unit_length=recipe.unit_length),
        len(images.conditions),
        views.targets.shape[1] * views.targets.shape[2],
    ).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(student.parameters(), lr=recipe.rate, weight_decay=0.05)
    n_steps = recipe.n_images // recipe.batch
    weights = draw_weights(images)[views.source]
    checkpoint, first = Checkpoint(folder / "checkpoint.pt"), 0
    if state := checkpoint.read():
        first = _restore(state, student, optimiser)
    for step in range(first, n_steps):
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
        for group in optimiser.param_groups:
            group["lr"] = cosine_rate(recipe.rate, step, n_steps)
        chosen = torch.multinomial(weights, recipe.batch, replacement=True, generator=generator)
        loss, accuracy = _step(
            student,
            optimiser,
            images.labels[views.source[chosen]],
            _batch(views, chosen, generator),
        )
        if step % 10 == 0:
            progress(
                step / n_steps, f"step {step}/{n_steps} loss {loss:.3f} accuracy {accuracy:.2f}"
            )
        if checkpoint.is_due():
            checkpoint.write(_state(student, optimiser, step + 1))
    checkpoint.write(_state(student, optimiser, n_steps))
    return with_base_statistics(student.network.eval(), views.pixels[: len(images.labels)])


def draw_weights(images: BaseImages) -> Tensor:
    """How likely each picture (n,) is drawn: sets by the root of their size, conditions evenly."""
    per_set = torch.bincount(images.set_index).float()
    per_condition = torch.bincount(images.labels).float()
    wanted = torch.tensor([base_set.weight for base_set in images.sets])
    n_conditions = torch.tensor(
        [len(set(images.labels[images.set_index == s].tolist())) for s in range(len(images.sets))]
    )
    share = wanted * per_set.sqrt() / n_conditions
    return share[images.set_index] / per_condition[images.labels]


def cosine_rate(peak: float, step: int, n_steps: int) -> float:
    """The learning rate: 100 steps of warm-up, then a cosine to 0."""
    return peak * min(1, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * step / n_steps))


@torch.inference_mode()
def with_base_statistics(network: EmbeddingNetwork, pixels: Tensor) -> EmbeddingNetwork:
    """The network with mean and whitening of its features over base pictures (n, 3, s, s) uint8."""
    features = torch.cat([network.pooled(chunk.float() / 255) for chunk in torch.split(pixels, 64)])
    network.base_mean.copy_(features.mean(0))
    if network.unit_length:
        network.base_whitening.copy_(whitening(features))
    return network


def whitening(features: Tensor) -> Tensor:
    """The map (d, d) after which centred features (n, d) vary alike in every direction.

    PCA whitening; directions that hardly vary are held back by WHITENING_FLOOR. What two
    conditions of a new task differ in is seldom what varies most among the base pictures.
    """
    spreads, axes = torch.linalg.eigh(torch.cov(features.T.double()))
    floor = WHITENING_FLOOR * spreads.mean()
    scaled: Tensor = axes * (spreads.clamp_min(0) + floor).rsqrt()
    return scaled.to(features)


def _batch(views: Views, chosen: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    pixels = vary_exposure(views.pixels[chosen].float() / 255, generator)
    return pixels.contiguous(memory_format=torch.channels_last), views.targets[chosen].float()


def _step(
    student: Student,
    optimiser: torch.optim.Optimizer,
    labels: Tensor,
    batch: tuple[Tensor, Tensor],
) -> tuple[float, float]:
    """One step; its loss and training accuracy."""
    pixels, targets = batch
    with torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported()):
        _, logits, projections = student(pixels)
    loss = F.cross_entropy(logits.float(), labels, label_smoothing=0.1)
    loss = loss + 2 * distillation_loss(projections.float(), targets)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(student.parameters(), 5.0)
    optimiser.step()
    return float(loss.detach()), float((logits.argmax(1) == labels).float().mean())


def _state(student: Student, optimiser: torch.optim.Optimizer, step: int) -> dict[str, Any]:
    return {"student": student.state_dict(), "optimiser": optimiser.state_dict(), "step": step}


def _restore(state: dict[str, Any], student: Student, optimiser: torch.optim.Optimizer) -> int:
    student.load_state_dict(state["student"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])
