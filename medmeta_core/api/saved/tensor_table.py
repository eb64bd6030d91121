"""The tensors of an adaptation: each is stored once, however many parts share it."""

import hashlib
from collections.abc import Mapping
from typing import Annotated

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from medmeta_core.api.saved.sealed_file import DTYPES, broken

STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
"""How every part of the document is checked."""


class TensorRef(BaseModel):
    """Which tensor of the file, and the order of its dimensions in memory.

    Sums round differently over another order in memory: with it an adaptation answers to the bit
    as it did before it was saved.

    Attributes:
        tensor: its name.
        order: its dimensions as they are stored, that of the longest stride first.
    """

    model_config = STRICT

    tensor: str
    order: list[Annotated[int, Field(ge=0, lt=8)]] = Field(max_length=8)


class TensorWriter:
    """Collects tensors under names; equal ones under one."""

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self._names: dict[tuple[str, torch.Size, bytes], str] = {}

    def ref(self, tensor: Tensor) -> TensorRef:
        """Store a tensor, unless an equal one is stored already.

        Raises:
            AdaptationFileError: its numbers are of a kind that the file has no name for.
        """
        if tensor.dtype not in DTYPES.values():
            raise broken("tensors")
        plain = tensor.detach().cpu()
        order = sorted(range(plain.ndim), key=lambda dim: -int(plain.stride()[dim]))
        if not plain.permute(order).is_contiguous():
            order = list(range(plain.ndim))
        stored = plain.permute(order).contiguous()
        content = stored.flatten().view(torch.uint8).numpy()
        key = (str(stored.dtype), stored.shape, hashlib.sha256(content.data).digest())
        name = self._names.setdefault(key, f"t{len(self._names)}")
        self.tensors[name] = stored
        return TensorRef(tensor=name, order=order)


class TensorReader:
    """The tensors of a file; parts that name the same tensor share its memory."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = tensors

    def tensor(self, ref: TensorRef, *, may_be_infinite: bool = False) -> Tensor:
        """The tensor of a reference, as it lay in memory.

        Raises:
            AdaptationFileError: there is none, its dimensions are others, or it is not finite.
        """
        stored = self._tensors.get(ref.tensor)
        if stored is None or sorted(ref.order) != list(range(stored.ndim)):
            raise broken("tensors")
        is_sound = ~stored.isnan() if may_be_infinite else stored.isfinite()
        if not bool(is_sound.all()):
            raise broken("numbers")
        inverse = [ref.order.index(dim) for dim in range(stored.ndim)]
        return stored.permute(inverse)
