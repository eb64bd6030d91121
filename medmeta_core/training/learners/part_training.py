"""Meta-training of the weights that a method learns on a frozen backbone.

The backbone sees each base picture a few times, once; tasks are then drawn from its embeddings,
so that thousands of tasks cost minutes on one thread.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.embedding import Backbone, ModelCard, Network, read_backbone
from medmeta_core.embedding.files.method_weights import write_part
from medmeta_core.methods.matching import FULL_CONTEXT
from medmeta_core.methods.relation import RELATION
from medmeta_core.progress import Progress
from medmeta_core.training.inputs.base_images import BaseImages
from medmeta_core.training.inputs.tasks import TaskSource, plain, varied
from medmeta_core.training.learners.metric_learners import MatchingLearner, RelationLearner
from medmeta_core.training.loop.outer_loop import Sources, meta_train
from medmeta_core.training.loop.training_loop import Run
from medmeta_core.training.recipe import Recipe

PARTS: dict[str, Callable[[Network, Recipe], RelationLearner | MatchingLearner]] = {
    RELATION: RelationLearner,
    FULL_CONTEXT: MatchingLearner,
}

NOISE, DROPPED = 1.0, 0.3
"""Noise as long as an embedding, and the share of its numbers set to 0, while learning: the
conditions of the base sets lie farther apart than new ones will, because the network knows them."""

TOGETHER = 32


@dataclass(frozen=True, eq=False)
class EmbeddedViews:
    """A `Look` that shows embeddings in the place of pixels: views (n_views, n, d)."""

    views: Tensor

    def __call__(
        self, _: BaseImages, positions: Tensor, __: int, generator: torch.Generator
    ) -> Tensor:
        """Embeddings (n, d) of one view each, disturbed; length 1 stays length 1."""
        view_indices = torch.randint(len(self.views), positions.shape, generator=generator)
        embeddings = self.views[view_indices, positions]
        length = embeddings.norm(dim=-1, keepdim=True)
        noise = torch.randn(embeddings.shape, generator=generator) / embeddings.shape[1] ** 0.5
        dropout_mask = torch.rand(embeddings.shape, generator=generator) >= DROPPED
        disturbed = (embeddings + NOISE * length * noise) * dropout_mask
        looked_at: Tensor = length * F.normalize(disturbed, dim=-1)
        return looked_at


@torch.inference_mode()
def embedded_views(
    backbone: Backbone, images: BaseImages, recipe: Recipe, progress: Progress
) -> Tensor:
    """Embeddings (n_views, n, d): of the whole pictures, then of random views of each.

    As many views as `n_images` of the recipe allows, one at least. By the engine that the
    backbone has; its memory of features is not for so many.
    """
    embed = backbone.runtime.embed if backbone.runtime else backbone.network
    n = len(images.labels)
    n_views = max(1, recipe.n_images // n)
    generator = torch.Generator().manual_seed(recipe.seed)
    embedded = torch.empty(n_views, n, backbone.n_features)
    for view in range(n_views):
        look = varied if view else plain
        for chosen in torch.split(torch.arange(n), TOGETHER):
            progress((view + int(chosen[0]) / n) / n_views, "embeddings of the base pictures")
            pixels = look(images, chosen, recipe.input_side, generator)
            embedded[view, chosen] = embed(backbone.network.resized(pixels)).float()
    return embedded


def train_parts(images: BaseImages, run: Run, *, start: Path, out: Path) -> ModelCard:
    """Learn every part of `PARTS` on the backbone whose card is `start`; its card.

    They are written to `out`, where its weights are expected to lie too.
    """
    backbone = read_backbone(start)
    recipe = replace(run.fingerprint.recipe, input_side=backbone.card.input_side)
    look = EmbeddedViews(embedded_views(backbone, images, recipe, run.progress).clone())
    source = TaskSource(images, recipe, look=look)
    out.mkdir(parents=True, exist_ok=True)
    for name, make in PARTS.items():
        torch.manual_seed(recipe.seed)
        learner = make(backbone.network, recipe)
        folder = run.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        meta_train(learner, Sources(source), replace(run, folder=folder))
        if run.ranks.is_first:
            write_part(out / start.name, name, learner.module.state_dict(), backbone.card.sha256)
    return backbone.card
