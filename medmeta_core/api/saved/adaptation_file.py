"""An adaptation as the bytes of a file, and back."""

import json
from dataclasses import asdict

import numpy as np
import torch

from medmeta_core.analysis import Adaptation
from medmeta_core.api.saved.classifiers import (
    ClassifierReader,
    ClassifierWriter,
    backbone_node,
    backbone_of,
)
from medmeta_core.api.saved.document import (
    VERSION,
    ChoiceNode,
    Document,
    ExamplesNode,
    FoldsNode,
    MethodNode,
    TypicalityNode,
)
from medmeta_core.api.saved.method_of_a_file import MethodOfAFile
from medmeta_core.api.saved.sealed_file import broken, seal, unseal
from medmeta_core.api.saved.tensor_table import TensorReader, TensorWriter
from medmeta_core.embedding import Backbone
from medmeta_core.episodes import EmbeddedSupport
from medmeta_core.errors import AdaptationFileError, HyperParameterError, SupportSetError
from medmeta_core.methods import METHODS, FewShotMethod, OnBackbone
from medmeta_core.methods.hyper_parameters import hyper_parameters_of
from medmeta_core.selection import Choice, choice_from_json, choice_to_json, name_of
from medmeta_core.trust import CrossValidation, Typicality
from medmeta_core.versions import versions


def write_adaptation(adaptation: Adaptation, *, with_backbone: bool = False) -> bytes:
    """The bytes of a file; the same adaptation gives the same bytes.

    Args:
        with_backbone: whether the weights of the backbone are stored, too.

    Raises:
        AdaptationFileError: a part of the classifier has no form in the file.
    """
    writer = TensorWriter()
    classifiers = ClassifierWriter(adaptation.loaded_backbone, writer)
    left_out, choice = adaptation.cross_validation, adaptation.choice
    document = Document(
        version=VERSION,
        program=versions()["medmeta"],
        method=_method_node(adaptation),
        backbone=backbone_node(adaptation.loaded_backbone, writer, with_weights=with_backbone),
        settings=dict(adaptation.settings),
        examples=_examples_node(adaptation, writer),
        classifier=classifiers.node(adaptation.classifier),
        refits=[classifiers.node(refit) for refit in adaptation.refits],
        strata=[list(stratum) for stratum in adaptation.strata],
        probabilities=_rows(left_out),
        folds=_folds_node(left_out),
        temperature=adaptation.temperature,
        typicality=TypicalityNode(**asdict(adaptation.typicality)),
        seconds=adaptation.seconds,
        choice=ChoiceNode.model_validate_json(_json(choice)) if choice else None,
    )
    return seal(document.model_dump_json(), writer.tensors)


def read_adaptation(content: bytes, *, backbone: str | Backbone | None = None) -> Adaptation:
    """The adaptation in the bytes of a file.

    Args:
        backbone: None takes the one of the name in the file.

    Raises:
        AdaptationFileError: the bytes are no such file, were altered, or contradict themselves; or
            the backbone has other weights.
        BackboneError: the backbone is not available.
    """
    file = unseal(content)
    document, reader = _document(file.document), TensorReader(file.tensors)
    loaded = backbone_of(document.backbone, reader, backbone)
    support = _support(document.examples, reader, loaded)
    classifiers = ClassifierReader(loaded, support.conditions, reader)
    restored = Adaptation(
        classifier=classifiers.classifier(document.classifier),
        support=support,
        method=document.method.name,
        backbone=loaded.name,
        backbone_sha256=loaded.card.sha256,
        settings=dict(document.settings),
        cross_validation=_cross_validation(document, support),
        temperature=document.temperature,
        refits=tuple(classifiers.classifier(node) for node in document.refits),
        strata=tuple(tuple(stratum) for stratum in document.strata),
        embeddings=support.embeddings,
        typicality=Typicality(**document.typicality.model_dump()),
        seconds=document.seconds,
        loaded_backbone=loaded,
        few_shot_method=_method(document.method, loaded),
        choice=choice_from_json(document.choice.model_dump()) if document.choice else None,
    )
    _try(restored)
    return restored


def _json(choice: Choice) -> str:
    return json.dumps(choice_to_json(choice))


def _method_node(adaptation: Adaptation) -> MethodNode:
    method = adaptation.few_shot_method
    unwrapped = method.head_method if isinstance(method, OnBackbone) else method
    return MethodNode(
        name=adaptation.method,
        is_known=bool(name_of(method)),
        hyper_parameters=hyper_parameters_of(unwrapped),
    )


def _method(node: MethodNode, backbone: Backbone) -> FewShotMethod:
    if not node.is_known:
        return MethodOfAFile(backbone, node.name, dict(node.hyper_parameters))
    if node.name not in METHODS:
        raise broken("structure")
    try:
        return METHODS[node.name].make(backbone, **node.hyper_parameters)
    except HyperParameterError as error:
        raise broken("numbers") from error


def _examples_node(adaptation: Adaptation, writer: TensorWriter) -> ExamplesNode:
    support = adaptation.support
    embedded = [bool(group) for group in support.groups] or [False] * len(support)
    numbers = zip(support.patient_ids(), embedded, strict=True)
    return ExamplesNode(
        conditions=list(support.conditions),
        labels=support.labels.tolist(),
        patients=[number if is_known else None for number, is_known in numbers],
        side=adaptation.side,
        embeddings=writer.ref(adaptation.embeddings),
    )


def _support(node: ExamplesNode, reader: TensorReader, backbone: Backbone) -> EmbeddedSupport:
    embeddings = reader.tensor(node.embeddings)
    if embeddings.shape != (len(node.labels), backbone.n_features):
        raise broken("tensors")
    if embeddings.dtype != torch.float32 or len(node.patients) != len(node.labels):
        raise broken("structure")
    groups = tuple(None if one is None else f"P{one + 1}" for one in node.patients)
    labels = torch.tensor(node.labels, dtype=torch.int64)
    try:
        return EmbeddedSupport(embeddings, labels, tuple(node.conditions), groups, node.side)
    except SupportSetError as error:
        raise broken("structure") from error


def _folds_node(left_out: CrossValidation) -> FoldsNode:
    return FoldsNode(
        n_folds=left_out.n_folds,
        by_patient=left_out.by_patient,
        n_groups=left_out.n_groups,
        n_with_patient=left_out.n_with_patient,
    )


def _rows(left_out: CrossValidation) -> list[list[float] | None]:
    """Probabilities of each example when left out; None where it was not."""
    rows = zip(left_out.probabilities.tolist(), left_out.is_evaluated, strict=True)
    return [row if is_classified else None for row, is_classified in rows]


def _cross_validation(document: Document, support: EmbeddedSupport) -> CrossValidation:
    n_conditions = len(support.conditions)
    rows = [[np.nan] * n_conditions if row is None else row for row in document.probabilities]
    if len(rows) != len(support) or any(len(row) != n_conditions for row in rows):
        raise broken("structure")
    return CrossValidation(
        conditions=support.conditions,
        labels=support.labels.numpy(),
        probabilities=np.asarray(rows, np.float64),
        **document.folds.model_dump(),
    )


def _document(text: str) -> Document:
    try:
        stated = json.loads(text).get("version")
        if type(stated) is int and stated != VERSION:
            raise AdaptationFileError("adaptation-version", found=stated, known=VERSION)
        return Document.model_validate_json(text)
    except (ValueError, AttributeError, RecursionError) as error:  # pydantic's errors are values
        raise broken("structure") from error


def _try(adaptation: Adaptation) -> None:
    """Ask each head for an example and see that the parts belong together."""
    if len(adaptation.strata) != len(adaptation.refits):
        raise broken("structure")
    n_conditions = len(adaptation.support.conditions)
    if any(k >= n_conditions for stratum in adaptation.strata for k in stratum):
        raise broken("structure")
    try:
        for classifier in (adaptation.classifier, *adaptation.refits):
            scores = classifier.scores_of(adaptation.embeddings[:1])
            if scores.shape != (1, n_conditions) or not bool(scores.isfinite().all()):
                raise broken("head")
    except (RuntimeError, IndexError, ValueError) as error:
        raise broken("head") from error
