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

MAX_BYTES = 512 * 2**20
FLOATING = ("F16", "BF16", "F32", "F64")
WHY = {
    "header": "its header is no table of tensors",
    "ends-early": "it ends within its header",
    "contradiction": "its header and its tensors contradict each other",
}


@dataclass(frozen=True, eq=False)
class WeightsFile:
    """A file whose header is sound.

    Attributes:
        file: its bytes, or where they lie.
        shapes: of its floating tensors, by name.
        n_foreign: tensors whose names no network here would have.
    """

    file: Upload
    shapes: Mapping[str, tuple[int, ...]]
    n_foreign: int

    def tensors(self, names: list[str]) -> Iterator[tuple[str, Tensor]]:
        """These tensors with their names, in float32, one at a time.

        Raises:
            BackboneError: one holds numbers that are not finite, or the child died.
        """
        for header, numbers in _answers("read-tensors", self.file, names=names):
            name = header["name"]
            shape = self.shapes[name]
            if len(numbers) != 4 * math.prod(shape):
                raise _broken("contradiction")
            flat = torch.frombuffer(numbers, dtype=torch.float32) if numbers else torch.empty(0)
            yield name, flat.reshape(shape)


def open_weights(file: Upload) -> WeightsFile:
    """The file, once its header has been looked at.

    Raises:
        BackboneError: the file is too large, pickled, broken, or holds numbers of another kind.
    """
    if file.n_bytes > MAX_BYTES:
        raise BackboneError(
            f"The file has {file.n_bytes >> 20} MB; at most {MAX_BYTES >> 20} MB are read.",
            rule="weights-too-large",
        )
    header, _ = next(_answers("list-tensors", file))
    shapes = {name: tuple(shape) for name, shape in header["tensors"].items()}
    return WeightsFile(file, shapes, header["n_foreign"])


def _answers(verb: str, file: Upload, **options: Any) -> Iterator[tuple[dict[str, Any], bytearray]]:
    try:
        with Guard() as guard, file.lent() as content:
            for header, numbers in guard.ask(verb, content, **options):
                if "fault" in header:
                    raise _error(header)
                yield header, numbers
    except (UnreadableImageError, OSError) as error:
        raise BackboneError(
            "The file could not be read within the limits of time and memory.",
            rule="weights-unread",
        ) from error


def _error(fault: Mapping[str, Any]) -> BackboneError:
    match fault["fault"]:
        case "weights-pickled":
            return BackboneError(
                "This is a pickled file (.pth, .pt, .bin), which can run code when it is read; "
                "save it as safetensors.",
                rule="weights-pickled",
            )
        case "weights-kind":
            found = fault["kind"] or "unknown"
            return BackboneError(
                f"The file holds numbers of the kind {found}; expected one of "
                f"{', '.join(FLOATING)}.",
                rule="weights-kind",
            )
        case "not-finite":
            return BackboneError(
                f"{fault['name']} holds numbers that are not finite.", rule="not-finite"
            )
    return _broken(fault["why"])


def _broken(why: str) -> BackboneError:
    return BackboneError(f"This is no whole safetensors file: {WHY[why]}.", rule="weights-broken")
