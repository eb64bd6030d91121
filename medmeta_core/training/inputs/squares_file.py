"""Decoded pictures in one file, mapped into memory: decoded once, held once for all processes."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from medmeta_core.errors import UnreadableImageError
from medmeta_core.training.inputs.loading import STORED_SIDE

SHAPE = (3, STORED_SIDE, STORED_SIDE)

Decoder = Callable[[Path], tuple[Tensor, str | None]]


@dataclass(frozen=True)
class Answer:
    """What came of a file: the patient that it names, or why it cannot be read."""

    patient: str | None = None
    refusal: str | None = None


class SquaresFile:
    """The squares of some files, in memory or in a file of a folder.

    Args:
        folder: where the file is kept, under a name that changes with any of the `paths`, their
            sizes or times; None for memory.
        decode: gives a square (3, STORED_SIDE, STORED_SIDE) uint8 and a patient.
    """

    def __init__(self, folder: Path | None, paths: Sequence[Path], decode: Decoder) -> None:
        self._paths, self._decode = paths, decode
        self._file = folder / f"squares-{_digest(paths)}.bin" if folder else None

    def read(self, report: Callable[[float, int], None]) -> tuple[Tensor, list[Answer]]:
        """The squares (n, 3, s, s) of what can be read, and the answer of every path.

        Args:
            report: called with the share done and the number of the path.
        """
        if self._file is None:
            return self._filled(self._room(None), report)
        answers_file = self._file.with_suffix(".json")
        if answers_file.exists():
            answers = [Answer(*answer) for answer in json.loads(answers_file.read_text("utf-8"))]
            n = sum(answer.refusal is None for answer in answers)
            return self._room(self._file)[:n], answers
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(f".{os.getpid()}")
        pixels, answers = self._filled(self._room(draft), report)
        draft.replace(self._file)
        draft.write_text(json.dumps([list(asdict(a).values()) for a in answers]), "utf-8")
        draft.replace(answers_file)  # last: it says that the other one is whole
        return pixels, answers

    def _room(self, file: Path | None) -> Tensor:
        """Squares (n, 3, s, s) for all paths, in memory or in the file."""
        shape = (len(self._paths), *SHAPE)
        if file is None:
            return torch.empty(shape, dtype=torch.uint8)
        size = torch.Size(shape).numel()
        is_new = not file.exists()
        return torch.from_file(str(file), shared=is_new, size=size, dtype=torch.uint8).view(shape)

    def _filled(
        self, room: Tensor, report: Callable[[float, int], None]
    ) -> tuple[Tensor, list[Answer]]:
        answers, n = list[Answer](), 0
        for k, path in enumerate(self._paths):
            if k % 100 == 0:
                report(k / len(self._paths), k)
            try:
                room[n], patient = self._decode(path)
            except UnreadableImageError as error:
                answers.append(Answer(refusal=str(error)))
                continue
            answers.append(Answer(patient))
            n += 1
        return room[:n], answers


def _digest(paths: Sequence[Path]) -> str:
    hasher = hashlib.blake2b(digest_size=8)
    for path in paths:
        at = path.stat() if path.exists() else None
        identity = (str(path), at.st_size, at.st_mtime_ns) if at else (str(path),)
        hasher.update(repr((identity, STORED_SIDE)).encode())
    return hasher.hexdigest()
