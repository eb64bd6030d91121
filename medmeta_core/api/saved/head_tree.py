"""Heads as trees: each node is of a kind that stands here, with tensors, numbers and children.

Nothing is imported or called by a name from the file. A kind that is missing here is refused when
an adaptation is saved.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import BaseModel, Field
from torch import Tensor, nn

from medmeta_core.api.saved.sealed_file import broken
from medmeta_core.api.saved.tensor_table import STRICT, TensorReader, TensorRef, TensorWriter
from medmeta_core.errors import AdaptationFileError
from medmeta_core.methods.baseline_pp import CosineHead
from medmeta_core.methods.classifier import Tempered
from medmeta_core.methods.full_context import FullContext
from medmeta_core.methods.heads import LinearHead
from medmeta_core.methods.matching import ContextualHead, MatchingHead
from medmeta_core.methods.prototypical import PrototypeHead
from medmeta_core.methods.relation import RelationHead, RelationModule
from medmeta_core.methods.shrinkage import MahalanobisHead
from medmeta_core.methods.simpleshot import CentredUnitLength

MAX_DEPTH = 6
"""Sequences within sequences; the deepest head has four."""

INFINITE = ("log_votes",)
"""Tensors in which minus infinity has a meaning: an example without a vote for a condition."""


class HeadNode(BaseModel):
    """A module of a head.

    Attributes:
        kind: a key of `KINDS`.
        tensors, numbers: by the names that the module has for them.
        children: by name; of a sequence "0", "1", ….
    """

    model_config = STRICT

    kind: Annotated[str, Field(max_length=40)]
    tensors: dict[str, TensorRef] = Field(default={}, max_length=40)
    numbers: dict[str, float] = Field(default={}, max_length=4)
    children: dict[str, "HeadNode"] = Field(default={}, max_length=8)


@dataclass(frozen=True)
class Kind:
    """How a class of modules is taken apart and made again.

    Attributes:
        module: the class.
        n_dims: dimensions of each of its tensors by name; empty for a `trained` one.
        numbers: names of its numbers. One that is a tensor of no dimension is stored as a tensor.
        children: names of the modules within it; None for any number of them, in order.
        trained: for a module of trained weights, makes one of random weights for the shapes of its
            tensors.
    """

    module: type[nn.Module]
    n_dims: Mapping[str, int]
    numbers: tuple[str, ...] = ()
    children: tuple[str, ...] | None = ()
    trained: Callable[[Mapping[str, Tensor]], nn.Module] | None = None


def _dense(tensors: Mapping[str, Tensor]) -> nn.Module:
    n_outputs, n_inputs = tensors["weight"].shape
    return nn.Linear(n_inputs, n_outputs)


def _relation(tensors: Mapping[str, Tensor]) -> nn.Module:
    width, n_inputs = tensors["hidden.weight"].shape
    return RelationModule(n_inputs // 2, width)


def _context(tensors: Mapping[str, Tensor]) -> nn.Module:
    width, n_features = tensors["down.weight"].shape
    return FullContext(n_features, width)


KINDS: Mapping[str, Kind] = {
    "sequence": Kind(nn.Sequential, {}, children=None),
    "tempered": Kind(Tempered, {}, ("temperature",)),
    "linear": Kind(LinearHead, {"weight": 2, "bias": 1}),
    "prototypes": Kind(PrototypeHead, {"prototypes": 2, "squares": 1}, ("scale",)),
    "unit-length": Kind(CentredUnitLength, {"unwhitening": 2}),
    "mahalanobis": Kind(MahalanobisHead, {"directions": 2, "means": 2, "precisions": 3}),
    "cosine": Kind(CosineHead, {"directions": 2}, ("scale",)),
    "matching": Kind(MatchingHead, {"examples": 2, "log_votes": 2}, ("scale",)),
    "in-context": Kind(ContextualHead, {"weights": 1}, children=("context", "head")),
    "relation": Kind(RelationHead, {"prototypes": 2}, children=("module",)),
    "dense": Kind(nn.Linear, {}, trained=_dense),
    "relation-module": Kind(RelationModule, {}, trained=_relation),
    "full-context": Kind(FullContext, {}, trained=_context),
}


def head_node(module: nn.Module, writer: TensorWriter) -> HeadNode:
    """The tree of a head.

    Raises:
        AdaptationFileError: a part of it is of no kind that the file has a form for.
    """
    kinds = (name for name, kind in KINDS.items() if kind.module is type(module))
    name = next(kinds, None)
    if name is None:
        raise AdaptationFileError("adaptation-head", found=type(module).__name__)
    kind = KINDS[name]
    if kind.trained is not None:
        state = module.state_dict()
        tensors = {key: writer.ref(value) for key, value in state.items()}
        return HeadNode(kind=name, tensors=tensors)
    values = {key: getattr(module, key) for key in kind.numbers}
    as_tensors = [key for key, value in values.items() if isinstance(value, Tensor)]
    children = module.named_children() if kind.children is None else _named(module, kind.children)
    return HeadNode(
        kind=name,
        tensors={key: writer.ref(getattr(module, key)) for key in (*kind.n_dims, *as_tensors)},
        numbers={key: float(value) for key, value in values.items() if key not in as_tensors},
        children={key: head_node(child, writer) for key, child in children},
    )


def _named(module: nn.Module, names: tuple[str, ...]) -> list[tuple[str, nn.Module]]:
    return [(name, module.get_submodule(name)) for name in names]


def head_of(node: HeadNode, reader: TensorReader, *, depth: int = 0) -> nn.Module:
    """The head of a tree, in evaluation mode and without gradients of its own.

    Raises:
        AdaptationFileError: an unknown kind, other parts than it has, or too deep a tree.
    """
    kind = KINDS.get(node.kind)
    if kind is None or depth > MAX_DEPTH:
        raise broken("head")
    tensors = {
        name: reader.tensor(ref, may_be_infinite=name in INFINITE)
        for name, ref in node.tensors.items()
    }
    if any(not tensor.is_floating_point() for tensor in tensors.values()):
        raise broken("head")
    if kind.trained is not None:
        if node.numbers or node.children:
            raise broken("head")
        return _trained(kind.trained, tensors)
    _check_parts(node, kind, tensors)
    children = {name: head_of(one, reader, depth=depth + 1) for name, one in node.children.items()}
    return _assembled(kind, tensors, node.numbers, children)


def _assembled(
    kind: Kind,
    tensors: Mapping[str, Tensor],
    numbers: Mapping[str, float],
    children: Mapping[str, nn.Module],
) -> nn.Module:
    module = kind.module.__new__(kind.module)
    nn.Module.__init__(module)  # not the constructor of the kind, which may compute
    for name, tensor in tensors.items():
        if name in kind.n_dims:
            module.register_buffer(name, tensor)
        else:
            setattr(module, name, tensor)
    for name, number in numbers.items():
        setattr(module, name, number)
    for name, child in children.items():
        module.add_module(name, child)
    return module.eval()


def _check_parts(node: HeadNode, kind: Kind, tensors: Mapping[str, Tensor]) -> None:
    """Refuse a node whose tensors, numbers or children are not those of its kind."""
    places = kind.children or ()
    if kind.children is None:
        places = tuple(str(place) for place in range(len(node.children)))
    n_dims = {name: tensor.ndim for name, tensor in tensors.items()}
    expected = dict(kind.n_dims) | {name: 0 for name in kind.numbers if name in tensors}
    numbers = {name for name in kind.numbers if name not in tensors}
    if n_dims != expected or set(node.numbers) != numbers or tuple(node.children) != places:
        raise broken("head")


def _trained(
    make: Callable[[Mapping[str, Tensor]], nn.Module], tensors: Mapping[str, Tensor]
) -> nn.Module:
    try:
        with torch.device("meta"):  # shapes alone: no memory is taken for what the file claims
            module = make(tensors)
        module.load_state_dict(tensors, strict=True, assign=True)
    except (RuntimeError, KeyError, ValueError) as error:
        raise broken("head") from error
    return module.eval().requires_grad_(False)
