"""A safetensors file that carries one document in its header and the digest of all its bytes.

Format: https://github.com/safetensors/safetensors, section Format. Read in Python, byte for byte:
no library parses what may be hostile, and no object is made by a name from the file. The digest
finds damage; against somebody who alters a file on purpose the checks of the content stand.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from torch import Tensor

from medmeta_core.errors import AdaptationFileError

PREFIX = b'{"__metadata__":{"medmeta.adaptation":"sha256:'
"""How the header begins; the digest follows, in hexadecimal digits."""

N_DIGITS, N_LENGTH = 64, 8
BLANK = b"0" * N_DIGITS
"""Stands in the place of the digest while the digest is computed."""

MAX_HEADER_BYTES, MAX_TENSORS = 64 * 2**20, 100_000

DTYPES = {"F64": torch.float64, "F32": torch.float32, "I64": torch.int64, "BOOL": torch.bool}
"""Those that an adaptation may hold, by the format's names for them."""

Size = Annotated[int, Field(ge=0, lt=2**48)]
Length = Annotated[int, Field(ge=1, lt=2**48)]


class Entry(BaseModel):
    """What the header says of a tensor."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    dtype: Literal["F64", "F32", "I64", "BOOL"]
    shape: list[Length] = Field(max_length=8)
    data_offsets: list[Size] = Field(min_length=2, max_length=2)

    @property
    def n_bytes(self) -> int:
        """Size of its numbers."""
        return math.prod(self.shape) * DTYPES[self.dtype].itemsize


_ENTRIES = TypeAdapter(dict[Annotated[str, Field(pattern=r"^t[0-9]{1,6}$")], Entry])


@dataclass(frozen=True, eq=False)
class SealedFile:
    """A file whose digest was right.

    Attributes:
        document: JSON text.
        tensors: by name, copies of what lies in the file.
    """

    document: str
    tensors: Mapping[str, Tensor]


def seal(document: str, tensors: Mapping[str, Tensor]) -> bytes:
    """The bytes of a file; the same content gives the same bytes."""
    names = {dtype: name for name, dtype in DTYPES.items()}
    by_size = sorted(tensors.items(), key=lambda pair: -pair[1].dtype.itemsize)  # so all align
    header: dict[str, Any] = {
        "__metadata__": {"medmeta.adaptation": f"sha256:{BLANK.decode()}\n{document}"}
    }
    at, numbers = 0, list[bytes]()
    for name, tensor in by_size:
        content = tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes()
        offsets = [at, at := at + len(content)]
        shape = list(tensor.shape)
        header[name] = {"dtype": names[tensor.dtype], "shape": shape, "data_offsets": offsets}
        numbers.append(content)
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode("ascii")
    text += b" " * (-len(text) % N_LENGTH)
    blank = b"".join((len(text).to_bytes(N_LENGTH, "little"), text, *numbers))
    return _with_digest(blank, hashlib.sha256(blank).hexdigest().encode())


def unseal(content: bytes) -> SealedFile:
    """The document and the tensors of a file.

    Raises:
        AdaptationFileError: `seal` did not write it, it was altered, or it contradicts itself.
    """
    start = N_LENGTH + len(PREFIX)
    if content[N_LENGTH:start] != PREFIX:
        raise AdaptationFileError("adaptation-file")
    stated = content[start : start + N_DIGITS]
    if hashlib.sha256(_with_digest(content, BLANK)).hexdigest().encode() != stated:
        raise AdaptationFileError("adaptation-altered")
    length = int.from_bytes(content[:N_LENGTH], "little")
    if length > min(MAX_HEADER_BYTES, len(content) - N_LENGTH):
        raise broken("structure")
    try:
        header = json.loads(content[N_LENGTH : N_LENGTH + length], object_pairs_hook=_unique)
        (text,) = header.pop("__metadata__").values()
        entries = _ENTRIES.validate_python(header)
        document = str(text).split("\n", 1)[1]
    except (ValueError, RecursionError, AttributeError, IndexError) as error:
        raise broken("structure") from error
    return SealedFile(document, _tensors(entries, memoryview(content)[N_LENGTH + length :]))


def broken(fault: Literal["structure", "tensors", "head", "numbers"]) -> AdaptationFileError:
    """The refusal of a file whose parts do not fit together."""
    return AdaptationFileError("adaptation-content", adaptation_fault=fault)


def _with_digest(content: bytes, digits: bytes) -> bytes:
    start = N_LENGTH + len(PREFIX)
    return b"".join((content[:start], digits, content[start + N_DIGITS :]))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise ValueError("a name stands twice")
    return entries


def _tensors(entries: Mapping[str, Entry], numbers: memoryview) -> dict[str, Tensor]:
    """The tensors, which fill `numbers` one after the other without gaps."""
    if len(entries) > MAX_TENSORS:
        raise broken("tensors")
    at, tensors = 0, dict[str, Tensor]()
    for name, entry in sorted(entries.items(), key=lambda pair: pair[1].data_offsets):
        begin, end = entry.data_offsets
        if begin != at or end - begin != entry.n_bytes or end > len(numbers):
            raise broken("tensors")
        tensors[name] = _tensor(entry, numbers[begin:end])
        at = end
    if at != len(numbers):
        raise broken("tensors")
    return tensors


def _tensor(entry: Entry, numbers: memoryview) -> Tensor:
    dtype = DTYPES[entry.dtype]
    if dtype == torch.bool and any(byte > 1 for byte in numbers):
        raise broken("tensors")
    return torch.frombuffer(bytearray(numbers), dtype=dtype).reshape(entry.shape).clone()
