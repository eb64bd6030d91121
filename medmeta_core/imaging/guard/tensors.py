"""What a child says of a safetensors file: the table of its tensors, and tensors by name.

Format: 8 bytes with the length of the header, a header in JSON, then the tensors without gaps
(https://github.com/safetensors/safetensors, section Format).

A fault is an answer {"fault": code, …}. Nothing of the file's own text goes back but names and
kinds of a known form.
"""

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.guard import protocol
from medmeta_core.messages import codes

MAX_HEADER_BYTES = 2**20
"""The largest network known here needs 40 kB."""

MAX_TENSORS = 4096
NAME = re.compile(r"[A-Za-z0-9_.]{1,200}")
METADATA = "__metadata__"
"""Under which the header says something of the file as a whole."""

MEMBERS = re.compile(r'[A-Za-z0-9_.,:{}\[\]" -]{1,8000}')
"""The JSON of a few plain names, digests, views and numbers."""

SIZES = {"F16": 2, "BF16": 2, "F32": 4, "F64": 8}
"""Bytes of a number of each kind that is read."""

OTHER_SIZES = {"BOOL": 1, "U8": 1, "I8": 1, "U16": 2, "I16": 2, "U32": 4, "I32": 4} | {
    "U64": 8,
    "I64": 8,
}
NUMBER_KINDS = frozenset(codes("en")["number_kind"])
"""Those that a refusal may name."""

OF_THE_ARCHITECTURE = ("num_batches_tracked", "relative_position_index")
"""How tensors of whole numbers may end; the network makes its own, those of the file are left."""

PICKLED = (b"PK\x03\x04", b"\x80")
"""How files of torch.save begin: a zip, or a bare pickle. Reading one may run its code."""

Entry = tuple[str, tuple[int, ...], int]
"""Kind, shape, and where in the file the tensor begins."""


def list_tensors(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:  # noqa: ARG001
    """{"tensors": {name: shape}, "n_foreign": names of an unknown form}; only floating ones.

    And "members", what the header says of the networks of a joint backbone; "" where it says
    nothing of a known form.
    """
    try:
        header, start = _header(content)
        entries, n_foreign = _entries(content, header, start)
    except _Fault as fault:
        yield fault.facts, ()
        return
    shapes = {name: shape for name, (kind, shape, _) in entries.items() if kind in SIZES}
    yield {"tensors": shapes, "n_foreign": n_foreign, "members": _members(header)}, ()


def read_tensors(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    """The tensors of the names in "names", each {"name"} and its numbers as float32."""
    try:
        entries, _ = _entries(content, *_header(content))
        for name in options["names"]:
            numbers = _numbers(content, entries[name])
            if not bool(np.isfinite(numbers).all()):
                raise _Fault("not-finite", name=name)
            yield {"name": name}, (numbers.view(np.uint8).data,)
    except _Fault as fault:
        yield fault.facts, ()


class _Fault(Exception):  # noqa: N818 (an answer on its way)
    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.facts: protocol.Header = {"fault": code} | facts


def _entries(file: BinaryIO, header: Mapping[str, Any], start: int) -> tuple[dict[str, Entry], int]:
    """The tensors of a sound file by name, and how many have names of an unknown form."""
    at, entries, n_foreign = 0, dict[str, Entry](), 0
    tensors = {name: entry for name, entry in header.items() if name != METADATA}
    stated = sorted(tensors.items(), key=lambda pair: _offsets(pair[1]))
    for name, entry in stated:
        kind, shape, begin, end = _described(name, entry)
        size = math.prod(shape) * (SIZES | OTHER_SIZES)[kind]
        if begin != at or end != at + size:
            raise _Fault("weights-broken", weights_fault="contradiction")
        at = end
        if NAME.fullmatch(name):
            entries[name] = (kind, shape, start + begin)
        else:
            n_foreign += 1
    if start + at != _n_bytes(file):
        raise _Fault("weights-broken", weights_fault="contradiction")
    return entries, n_foreign


def _header(file: BinaryIO) -> tuple[Mapping[str, Any], int]:
    """The header, and where the numbers begin."""
    first = _bytes_at(file, 0, 8)
    length = int.from_bytes(first, "little")
    if length > MAX_HEADER_BYTES:
        is_pickled = first.startswith(PICKLED)
        raise (
            _Fault("weights-pickled")
            if is_pickled
            else _Fault("weights-broken", weights_fault="header")
        )
    if _n_bytes(file) < 8 + length or length < 2:
        raise _Fault("weights-broken", weights_fault="ends-early")
    try:
        header = json.loads(_bytes_at(file, 8, length).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _Fault("weights-broken", weights_fault="header") from error
    if not isinstance(header, dict) or len(header) > MAX_TENSORS:
        raise _Fault("weights-broken", weights_fault="header")
    return header, 8 + length


def _members(header: Mapping[str, Any]) -> str:
    """The text under "members" among what the header says of the file as a whole."""
    stated = header.get(METADATA)
    text = stated.get("members") if isinstance(stated, dict) else None
    return text if isinstance(text, str) and MEMBERS.fullmatch(text) else ""


def _offsets(entry: Any) -> tuple[int, int]:
    stated = entry.get("data_offsets") if isinstance(entry, dict) else None
    match _sizes(stated):
        case (begin, end):
            return begin, end
    raise _Fault("weights-broken", weights_fault="header")


def _described(name: str, entry: Mapping[str, Any]) -> tuple[str, tuple[int, ...], int, int]:
    kind, shape = entry.get("dtype"), entry.get("shape")
    if not isinstance(kind, str) or kind not in SIZES:
        is_made_anew = name.endswith(OF_THE_ARCHITECTURE) and kind in OTHER_SIZES
        if not is_made_anew:
            raise _Fault("weights-kind", number_kind=kind if kind in NUMBER_KINDS else "unknown")
    return str(kind), _sizes(shape), *_offsets(entry)


def _sizes(stated: Any) -> tuple[int, ...]:
    """A list of a few whole numbers that a file can hold so many bytes of."""
    is_list = isinstance(stated, list) and len(stated) <= 8
    if not is_list or not all(type(size) is int and 0 <= size < 2**48 for size in stated):
        raise _Fault("weights-broken", weights_fault="header")
    return tuple(stated)


def _numbers(file: BinaryIO, entry: Entry) -> NDArray[np.float32]:
    kind, shape, start = entry
    content = _bytes_at(file, start, math.prod(shape) * SIZES[kind])
    if kind == "BF16":  # the upper half of a float32
        return (np.frombuffer(content, "<u2").astype("<u4") << np.uint32(16)).view("<f4")
    dtype = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}[kind]
    with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite, which is refused
        return np.frombuffer(content, dtype).astype("<f4", copy=False)


def _bytes_at(file: BinaryIO, start: int, n_bytes: int) -> bytes:
    file.seek(start)
    return file.read(n_bytes)


def _n_bytes(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size
