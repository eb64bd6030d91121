"""Checkpoints: written whole or not at all, read back exactly."""

import os
import pickle
import time
from pathlib import Path
from typing import Any

import torch

from medmeta_core.errors import MedMetaError

EVERY_S = 120.0


class Checkpoint:
    """The state of a run in one file, rewritten at most every `every_s` seconds."""

    def __init__(self, path: Path, *, every_s: float = EVERY_S) -> None:
        self._path = path
        self._every_s = every_s
        self._written_at = time.monotonic()

    def read(self) -> dict[str, Any] | None:
        """The state last written, on the CPU, or None on a first run.

        Raises:
            MedMetaError: the file is damaged.
        """
        if not self._path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(self._path, weights_only=True, map_location="cpu")
        except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
            raise MedMetaError("checkpoint", path=str(self._path)) from error
        return state

    def is_due(self) -> bool:
        """Whether it is time to write again."""
        return time.monotonic() - self._written_at >= self._every_s

    def write(self, state: dict[str, Any]) -> None:
        """Write the state beside the old file, then put it in its place."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        with draft.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave an empty file under the name
        draft.replace(self._path)
        self._written_at = time.monotonic()
