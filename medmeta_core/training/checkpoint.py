"""Checkpoints: written whole or not at all, read back exactly."""

import time
from pathlib import Path
from typing import Any

import torch


class Checkpoint:
    """The state of a run in one file, rewritten at most every `every_s` seconds."""

    def __init__(self, path: Path, *, every_s: float = 120) -> None:
        self._path = path
        self._every_s = every_s
        self._written_at = time.monotonic()

    def read(self) -> dict[str, Any] | None:
        """The state last written, or None on a first run."""
        if not self._path.exists():
            return None
        state: dict[str, Any] = torch.load(self._path, weights_only=True)
        return state

    def is_due(self) -> bool:
        """Whether it is time to write again."""
        return time.monotonic() - self._written_at >= self._every_s

    def write(self, state: dict[str, Any]) -> None:
        """Write the state beside the old file, then put it in its place."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        torch.save(state, draft)
        draft.replace(self._path)
        self._written_at = time.monotonic()
