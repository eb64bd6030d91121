"""A safetensors file from outside: only the guarded child sees its bytes.

The child first tells names and shapes, so that a file which does not fit costs nothing; then the
tensors that are asked for, one by one.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from medmeta_core.errors import BackboneError, UnreadableImageError
from medmeta_core.imaging import Upload
from medmeta_core.imaging.guard.guard import Guard
from medmeta_core.imaging.guard.tensors import NAME

MAX_BYTES = 512 * 2**20
FLOATING = ("F16", "BF16", "F32", "F64")


@dataclass(frozen=True, eq=False)
class WeightsFile:
    """A file whose header is sound.

    Attributes:
        file: its bytes, or where they lie.
        shapes: of its floating tensors, by name.
        n_foreign: tensors whose names no network here would have.
        members: what the header says of the networks of a joint backbone, as JSON; "" for none.
    """

    file: Upload
    shapes: Mapping[str, tuple[int, ...]]
    n_foreign: int
    members: str = ""

    def tensors(self, names: list[str]) -> Iterator[tuple[str, Tensor]]:
        """These tensors with their names, in float32, one at a time.

        Raises:
            BackboneError: one holds numbers that are not finite, or the child died.
        """
        for header, numbers in _answers("read-tensors", self.file, names=names):
            name = header["name"]
            shape = self.shapes[name]
            if len(numbers) != 4 * math.prod(shape):
                raise BackboneError("weights-broken", weights_fault="contradiction")
            flat = torch.frombuffer(numbers, dtype=torch.float32) if numbers else torch.empty(0)
            yield name, flat.reshape(shape)


def open_weights(file: Upload) -> WeightsFile:
    """The file, once its header has been looked at.

    Raises:
        BackboneError: the file is too large, pickled, broken, or holds numbers of another kind.
    """
    if file.n_bytes > MAX_BYTES:
        n_mb, limit = file.n_bytes >> 20, MAX_BYTES >> 20
        raise BackboneError("weights-too-large", found=n_mb, limit=limit)
    header, _ = next(_answers("list-tensors", file))
    shapes = {name: tuple(shape) for name, shape in header["tensors"].items()}
    return WeightsFile(file, shapes, header["n_foreign"], header["members"])


def _answers(verb: str, file: Upload, **options: Any) -> Iterator[tuple[dict[str, Any], bytearray]]:
    try:
        with Guard() as guard, file.readable() as content:
            for header, numbers in guard.ask(verb, content, **options):
                if "fault" in header:
                    raise _error(header)
                yield header, numbers
    except (UnreadableImageError, OSError) as error:
        raise BackboneError("weights-unread") from error


def _error(fault: Mapping[str, Any]) -> BackboneError:
    """The child's answer as an error; what no honest child says is repeated to nobody."""
    match fault["fault"]:
        case "weights-pickled":
            return BackboneError("weights-pickled")
        case "weights-kind":
            expected = ", ".join(FLOATING)
            return BackboneError(
                "weights-kind", number_kind=fault["number_kind"], expected=expected
            )
        case "not-finite":
            if NAME.fullmatch(str(fault["name"])):
                return BackboneError("not-finite", name=fault["name"])
        case "weights-broken":
            return BackboneError("weights-broken", weights_fault=fault["weights_fault"])
    return BackboneError("weights-unread")
