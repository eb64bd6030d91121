"""A safetensors file from outside: looked at before anything of it is believed.

Format: 8 bytes with the length of the header, a header in JSON, then the tensors without gaps
(https://github.com/safetensors/safetensors, section Format).
"""

import json
from collections.abc import Mapping

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from medmeta_core.errors import BackboneError

MAX_BYTES = 512 * 2**20
MAX_HEADER_BYTES = 2**20
"""The largest network known here needs 40 kB."""

FLOATING = ("F16", "BF16", "F32", "F64")
OF_THE_ARCHITECTURE = ("num_batches_tracked", "relative_position_index")
"""How tensors of whole numbers may end; the network makes its own, those of the file are left."""

PICKLED = (b"PK\x03\x04", b"\x80")
"""How files of torch.save begin: a zip, or a bare pickle. Reading one may run its code."""


def read_tensors(content: bytes) -> dict[str, Tensor]:
    """The floating tensors by name, in float32.

    Raises:
        BackboneError: the file is too large, pickled, broken, or holds numbers of another
            kind or numbers that are not finite.
    """
    if len(content) > MAX_BYTES:
        raise BackboneError(
            f"The file has {len(content) >> 20} MB; at most {MAX_BYTES >> 20} MB are read.",
            rule="weights-too-large",
        )
    _check_kinds(_header(content))
    try:
        tensors = load(content)
    except (SafetensorError, ValueError, RuntimeError, KeyError) as error:
        raise _broken("its header and its tensors contradict each other") from error
    widened = {name: t.float() for name, t in tensors.items() if t.is_floating_point()}
    for name, tensor in widened.items():
        if not bool(torch.isfinite(tensor).all()):
            raise BackboneError(f"{name} holds numbers that are not finite.", rule="not-finite")
    return widened


def _header(content: bytes) -> Mapping[str, object]:
    length = int.from_bytes(content[:8], "little")
    if length > MAX_HEADER_BYTES:
        if content.startswith(PICKLED):
            raise BackboneError(
                "This is a pickled file (.pth, .pt, .bin), which can run code when it is read; "
                "save it as safetensors.",
                rule="weights-pickled",
            )
        raise _broken(f"its header would have {length} bytes")
    if len(content) < 8 + length or length < 2:
        raise _broken("it ends within its header")
    try:
        header = json.loads(content[8 : 8 + length].decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _broken("its header is not JSON") from error
    if not isinstance(header, dict):
        raise _broken("its header is no table of tensors")
    return {name: entry for name, entry in header.items() if name != "__metadata__"}


def _check_kinds(header: Mapping[str, object]) -> None:
    for name, entry in header.items():
        kind = entry.get("dtype") if isinstance(entry, dict) else None
        if kind not in FLOATING and not name.endswith(OF_THE_ARCHITECTURE):
            raise BackboneError(
                f"{name[:80]} holds numbers of the kind {str(kind)[:20]}; expected one of "
                f"{', '.join(FLOATING)}.",
                rule="weights-kind",
            )


def _broken(why: str) -> BackboneError:
    return BackboneError(f"This is no whole safetensors file: {why}.", rule="weights-broken")
