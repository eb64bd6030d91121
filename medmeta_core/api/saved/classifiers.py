"""Classifiers and their backbone as parts of a saved adaptation."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from medmeta_core.api.saved.document import BackboneNode, ClassifierNode
from medmeta_core.api.saved.head_tree import head_node, head_of
from medmeta_core.api.saved.sealed_file import broken
from medmeta_core.api.saved.tensor_table import TensorReader, TensorRef, TensorWriter
from medmeta_core.embedding import Backbone, Network, load_backbone
from medmeta_core.embedding.modules.module_network import MODULE, network_digest
from medmeta_core.errors import AdaptationFileError
from medmeta_core.methods import Classifier
from medmeta_core.methods.adapted import embed_with


@dataclass(frozen=True)
class ClassifierWriter:
    """Takes classifiers on one backbone apart."""

    backbone: Backbone
    writer: TensorWriter

    def node(self, classifier: Classifier) -> ClassifierNode:
        """A classifier, its network by what differs from the backbone's.

        Raises:
            AdaptationFileError: its head or its network has no form in the file.
        """
        head = head_node(classifier.head, self.writer)
        settings = dict(classifier.settings)
        if classifier.embed == self.backbone.embed:
            return ClassifierNode(head=head, settings=settings)
        return ClassifierNode(
            head=head,
            moved=self._moved(classifier),
            in_batches=isinstance(getattr(classifier.embed, "__self__", None), Backbone),
            settings=settings,
        )

    def _moved(self, classifier: Classifier) -> dict[str, TensorRef]:
        state, base = classifier.embedding.state_dict(), self.backbone.network.state_dict()
        if state.keys() != base.keys():
            kind = type(classifier.embedding).__name__
            raise AdaptationFileError("adaptation-head", found=kind)
        return {
            name: self.writer.ref(value)
            for name, value in state.items()
            if not value.equal(base[name])
        }


@dataclass(frozen=True)
class ClassifierReader:
    """Makes classifiers for the same conditions on one backbone."""

    backbone: Backbone
    conditions: tuple[str, ...]
    reader: TensorReader

    def classifier(self, node: ClassifierNode) -> Classifier:
        """The classifier of a node.

        Raises:
            AdaptationFileError: its parts do not belong to the backbone.
        """
        network = self.backbone.network
        embed: Callable[[Tensor], Tensor] = self.backbone.embed
        if node.moved is not None:
            network = with_weights(network, node.moved, self.reader)
            adapted = Backbone(self.backbone.card, network, self.backbone.initial_head)
            embed = adapted.embed if node.in_batches else embed_with(network)
        return Classifier(
            conditions=self.conditions,
            embedding=network,
            head=head_of(node.head, self.reader),
            saliency_layer=network.saliency_layer,
            embed=embed,
            settings=dict(node.settings),
        )


def with_weights(
    network: Network, weights: Mapping[str, TensorRef], reader: TensorReader
) -> Network:
    """A copy of a network with some of its tensors replaced.

    Raises:
        AdaptationFileError: it has no such tensor, or one of another shape or kind.
    """
    network_copy = copy.deepcopy(network)
    state: dict[str, Tensor] = network_copy.state_dict()
    for name, ref in weights.items():
        value = reader.tensor(ref)
        place = state.get(name)
        if place is None or place.shape != value.shape or place.dtype != value.dtype:
            raise broken("tensors")
        place.copy_(value)
    return network_copy.eval().requires_grad_(False)


def backbone_node(backbone: Backbone, writer: TensorWriter, *, with_weights: bool) -> BackboneNode:
    """A backbone by name and digest, with its weights where they are asked for."""
    state = backbone.network.state_dict() if with_weights else {}
    return BackboneNode(
        name=backbone.name,
        sha256=backbone.card.sha256,
        is_module=backbone.card.architecture.startswith(MODULE),
        weights={name: writer.ref(value) for name, value in state.items()} or None,
    )


def backbone_of(
    node: BackboneNode, reader: TensorReader, override: str | Backbone | None
) -> Backbone:
    """The backbone of a node.

    Args:
        override: by the caller, who alone can build a module of his own.

    Raises:
        AdaptationFileError: the caller must give it, or it has other weights.
        BackboneError: no backbone has this name.
    """
    if override is None and node.is_module:
        raise AdaptationFileError("adaptation-module")
    backbone = override if isinstance(override, Backbone) else load_backbone(override or node.name)
    if node.weights is not None and backbone.card.sha256 != node.sha256:
        backbone = _filled(backbone, node, reader)
    if backbone.card.sha256 != node.sha256:
        stated, other = node.sha256[:12], backbone.card.sha256[:12]
        raise AdaptationFileError("adaptation-backbone", stated=stated, found=other)
    return backbone


def _filled(backbone: Backbone, node: BackboneNode, reader: TensorReader) -> Backbone:
    """A module of the same architecture with the weights of the file."""
    network = with_weights(backbone.network, node.weights or {}, reader)
    card = replace(backbone.card, name=node.name, sha256=network_digest(network))
    return Backbone(card, network, backbone.initial_head)
