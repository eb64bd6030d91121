"""`OnBackbone`: a few-shot method of a backbone and heads on its embeddings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes import EmbeddedSupport, SupportSet
from medmeta_core.methods.classifier import Classifier
from medmeta_core.methods.heads import HeadMethod, keep_all


@dataclass(frozen=True)
class OnBackbone:
    """Embeds the examples once and fits heads on their embeddings.

    Where the embeddings are known (`EmbeddedSupport`), no image is looked at.
    """

    needs_pixels: ClassVar[bool] = False

    head_method: HeadMethod

    @property
    def backbone(self) -> Backbone:
        """The one that it embeds with."""
        return self.head_method.backbone

    @property
    def settings(self) -> Mapping[str, float]:
        """The hyper-parameters of the head."""
        return self.head_method.settings

    def fit(self, support: SupportSet | EmbeddedSupport) -> Classifier:
        """A classifier for the conditions of `support`."""
        return next(self.fit_each(support, keep_all(support.labels)))

    def fit_each(
        self, support: SupportSet | EmbeddedSupport, keep_masks: Tensor
    ) -> Iterator[Classifier]:
        """One classifier for each row of `keep_masks` (m, n)."""
        embeddings = support.embedded_by(self.backbone).embeddings
        network = self.backbone.network
        for head in self.head_method.heads(embeddings, support.labels, keep_masks):
            yield Classifier(
                conditions=support.conditions,
                embedding=network,
                head=head.requires_grad_(False),
                saliency_layer=network.saliency_layer,
                embed=self.backbone.embed,
            )
