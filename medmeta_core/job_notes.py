"""Notes of the work under way, so that a restarted server can say what was lost.

A note is a small file that its server holds locked while the job lasts. Where the lock is free
and the file is there, the server ended before the job did, in whatever way.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from medmeta_core.private_files import locked, make_private_folder, written_whole

MAX_BYTES = 2**16
_NAME = re.compile(r"[0-9a-f]{32}\.json")


@dataclass(frozen=True)
class LostWork:
    """Work that a server did not finish.

    Attributes:
        key: of the job; a job of the same key that is started takes its place.
        started: when it was asked for.
        again: what is needed to start it again, as its job was given it.
    """

    key: str
    started: datetime
    again: Mapping[str, Any]


class JobNotes:
    """The notes in a folder; several servers may write into the same one.

    No job fails for want of its note: where the disk refuses, the log says so.

    Args:
        folder: asked for each time, since the home of the store may change between tests.
    """

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder
        self._held: dict[str, tuple[Path, ExitStack]] = {}
        self._lock = Lock()

    def begin(self, job_id: str, key: str, again: Mapping[str, Any]) -> None:
        """Note that a job was asked for; what was lost under its key is no longer lost."""
        self.forget(key)
        note = {"key": key, "started": datetime.now(UTC).isoformat(), "again": dict(again)}
        path = self._folder() / f"{job_id}.json"
        stack = ExitStack()
        try:
            make_private_folder(path.parent)
            stack.enter_context(written_whole(path, json.dumps(note).encode()))
        except OSError:
            logging.getLogger(__name__).warning("A job could not be noted.", exc_info=True)
            return
        with self._lock:
            self._held[job_id] = path, stack

    def end(self, job_id: str) -> None:
        """The job has ended, in whatever way: nothing is lost."""
        with self._lock:
            path, stack = self._held.pop(job_id, (None, None))
        if path is not None and stack is not None:
            with suppress(OSError):
                path.unlink()
            stack.close()

    def lost(self) -> list[LostWork]:
        """What servers that are gone did not finish, the oldest first."""
        return sorted(self._readable().values(), key=lambda work: work.started)

    def forget(self, key: str) -> None:
        """What was lost under this key is not to be told of any more."""
        for path, work in self._readable().items():
            if work.key == key:
                with suppress(OSError):
                    path.unlink()

    def _readable(self) -> dict[Path, LostWork]:
        found = {}
        for path in self._folder().glob("*.json"):
            if not _NAME.fullmatch(path.name):
                continue
            with suppress(OSError), locked(path):
                work = _read(path)
                if work is None:
                    path.unlink()  # nobody can start that again
                else:
                    found[path] = work
        return found


def _read(path: Path) -> LostWork | None:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    try:
        note = json.loads(content[: MAX_BYTES + 1])
        started = datetime.fromisoformat(note["started"])
        key, again = note["key"], note["again"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_whole = isinstance(key, str) and isinstance(again, dict) and started.tzinfo is not None
    return LostWork(key, started, again) if is_whole else None
