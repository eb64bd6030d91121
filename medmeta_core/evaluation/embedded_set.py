"""`EmbeddedSet`: a set whose pictures are embedded once, so that episodes cost only their heads."""

from dataclasses import dataclass

import torch
from torch import Tensor

from medmeta_core.datasets import LabelledSet
from medmeta_core.embedding import Backbone
from medmeta_core.episodes import EmbeddedSupport
from medmeta_core.methods import Classifier
from medmeta_core.progress import Progress, silent

BATCH = 64


@dataclass(frozen=True, eq=False)
class EmbeddedSet:
    """A labelled set and the embeddings (n, d) of its images, for methods that fit heads."""

    labelled: LabelledSet
    embeddings: Tensor

    def support(self, positions: Tensor, labels: Tensor, conditions: Tensor) -> EmbeddedSupport:
        """The images at `positions` (n,) as examples of the conditions drawn."""
        names, groups = self.labelled.names_and_groups(positions, conditions)
        return EmbeddedSupport(self.embeddings[positions], labels, names, groups)

    def probabilities(self, classifier: Classifier, positions: Tensor) -> Tensor:
        """What the classifier says (n, n_conditions) of the images at `positions` (n,)."""
        return classifier.scores_of(self.embeddings[positions]).double().softmax(-1)


@torch.inference_mode()
def embed_all(backbone: Backbone, labelled: LabelledSet, progress: Progress = silent) -> Tensor:
    """Embeddings (n, d) of all pictures of a set."""
    parts = []
    n = len(labelled.labels)
    for positions in torch.split(torch.arange(n), BATCH):
        progress(float(positions[0]) / n, f"picture {int(positions[0]) + 1} of {n}")
        parts.append(backbone.embed(labelled.images(positions)))
    return torch.cat(parts)
