"""What `medmeta evaluate` compares: a method on a backbone."""

from dataclasses import dataclass

from medmeta_core.datasets import LabelledSet
from medmeta_core.embedding import Backbone, load_backbone
from medmeta_core.evaluation import EmbeddedSet, embed_all
from medmeta_core.methods import FewShotMethod, needs_pixels
from medmeta_core.selection import default_backbone_of, method_on


@dataclass(frozen=True, eq=False)
class Contender:
    """A method by its name, on a backbone."""

    method: str
    backbone: Backbone

    @property
    def name(self) -> str:
        """Method and backbone."""
        return f"{self.method} on {self.backbone.name}"

    def on(self, labelled: LabelledSet) -> tuple[FewShotMethod, LabelledSet | EmbeddedSet]:
        """The method, and the set as it reads it.

        Every picture is embedded once where the method fits heads to embeddings; else it is
        brought to the backbone's side once.

        Raises:
            BackboneError: the method needs learned weights that the backbone does not have.
        """
        method = method_on(self.method, self.backbone)
        if not needs_pixels(method):
            return method, EmbeddedSet(labelled, embed_all(self.backbone, labelled))
        return method, labelled.resized(self.backbone.card.input_side)


def contenders(methods: list[str], backbones: list[str]) -> list[Contender]:
    """Every method on every backbone; on the one it is made for where none is named.

    Raises:
        MedMetaError: an unknown method or backbone.
    """
    return [
        Contender(method, load_backbone(backbone))
        for method in dict.fromkeys(methods)
        for backbone in dict.fromkeys(backbones or [default_backbone_of(method)])
    ]
