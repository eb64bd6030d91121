"""The document of a saved adaptation, checked as it is read: kinds, names, ranges."""

from typing import Annotated

from pydantic import BaseModel, Field

from medmeta_core.api.saved.head_tree import HeadNode
from medmeta_core.api.saved.tensor_table import STRICT, TensorRef

VERSION = 1
"""Of the format. Programs read the versions that they know."""

Count = Annotated[int, Field(ge=0, lt=2**31)]
Name = Annotated[str, Field(min_length=1, max_length=400)]
Condition = Annotated[str, Field(max_length=10_000)]
Digest = Annotated[str, Field(max_length=64, pattern=r"^[0-9a-f]*$")]
Numbers = Annotated[dict[Annotated[str, Field(max_length=60)], float | int], Field(max_length=60)]


class BackboneNode(BaseModel):
    """Which backbone: by name and digest.

    Attributes:
        is_module: whether nobody but its owner can build it (`Backbone.from_module`).
        weights: the tensors of its network, where they were asked for.
    """

    model_config = STRICT

    name: Name
    sha256: Digest
    is_module: bool
    weights: dict[str, TensorRef] | None = None


class ClassifierNode(BaseModel):
    """A classifier.

    Attributes:
        moved: of a classifier with weights of its own, those in which its network differs from
            the backbone's; None for one that embeds as the backbone does.
        in_batches: whether such a network embeds in batches as a backbone does.
    """

    model_config = STRICT

    head: HeadNode
    moved: dict[str, TensorRef] | None = None
    in_batches: bool = False
    settings: Numbers = {}


class MethodNode(BaseModel):
    """The method: a key of `METHODS`, or a name alone where it is of the user's own."""

    model_config = STRICT

    name: Name
    is_known: bool
    hyper_parameters: Numbers = {}


class ExamplesNode(BaseModel):
    """The examples: embeddings, conditions, and patients as numbers; no pictures."""

    model_config = STRICT

    conditions: list[Annotated[str, Field(max_length=10_000)]] = Field(
        min_length=2, max_length=10_000
    )
    labels: list[Count]
    patients: list[Count | None]
    side: Annotated[int, Field(ge=1, le=4096)]
    embeddings: TensorRef


class TypicalityNode(BaseModel):
    """`Typicality`."""

    model_config = STRICT

    mean: float
    spread: Annotated[float, Field(gt=0)]
    n: Count


class Document(BaseModel):
    """An adaptation.

    Attributes:
        cross_validation, choice: as `medmeta_core.trust` and `medmeta_core.selection` write them.
        strata: of each refit, the conditions whose examples it does without.
    """

    model_config = STRICT

    version: int
    program: Annotated[str, Field(max_length=40)]
    method: MethodNode
    backbone: BackboneNode
    settings: Numbers
    examples: ExamplesNode
    classifier: ClassifierNode
    refits: list[ClassifierNode] = Field(max_length=10_000)
    strata: list[list[Count]]
    probabilities: list[list[Annotated[float, Field(ge=0, le=1)]] | None]
    folds: "FoldsNode"
    temperature: Annotated[float, Field(gt=0)]
    typicality: TypicalityNode
    seconds: Annotated[float, Field(ge=0)]
    choice: "ChoiceNode | None" = None


class FoldsNode(BaseModel):
    """How the examples were left out: the counts of a `CrossValidation`."""

    model_config = STRICT

    n_folds: Count
    by_patient: bool
    n_groups: Count | None
    n_with_patient: Count | None


class CandidateNode(BaseModel):
    """`Candidate`; figures that are not finite are null."""

    model_config = STRICT

    method: Name
    accuracy: float | None
    log_loss: float | None
    gain: float | None
    error: float | None
    seconds: float
    reason: Annotated[
        str, Field(pattern="^(default|better|less_better|within_error|worse|too_few)$")
    ]


class ChoiceNode(BaseModel):
    """`Choice`."""

    model_config = STRICT

    method: Name
    default: Name
    candidates: list[CandidateNode] = Field(max_length=100)
