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

from medmeta_core.private_files import locked, make_private_folder, sweep_unfinished, written_whole

MAX_BYTES = 2**16
_NAME = re.compile(r"[0-9a-f]{32}\.json")


@dataclass(frozen=True)
class InterruptedWork:
    """Work that a server did not finish.

    Attributes:
        id: of the job.
        key: of the job; one of the same key that is started, and not added, takes its place.
        started: when it was asked for.
        again: what is needed to start it again, as its job was given it.
    """

    id: str
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
        """Note that a job was asked for."""
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

    def interrupted(self) -> list[InterruptedWork]:
        """What servers that are gone did not finish, the oldest first."""
        return sorted(self._readable().values(), key=lambda work: work.started)

    def forget(self, *, key: str | None = None, job_id: str | None = None) -> None:
        """What was lost under this key, or of this job, need not be reported any more."""
        for path, work in self._readable().items():
            if work.key == key or work.id == job_id:
                with suppress(OSError):
                    path.unlink()

    def forget_where(self, is_gone: Callable[[Mapping[str, Any]], bool]) -> None:
        """Forget work, lost or under way in any server, by what it would be started again with.

        Jobs under way are not stopped by that. What a killed server wrote in part goes, too.
        """
        sweep_unfinished(self._folder())
        for path in self._paths():
            with suppress(OSError):
                work = _read(path)
                if work is not None and is_gone(work.again):
                    path.unlink()

    def _paths(self) -> list[Path]:
        return [path for path in self._folder().glob("*.json") if _NAME.fullmatch(path.name)]

    def _readable(self) -> dict[Path, InterruptedWork]:
        works = {}
        for path in self._paths():
            with suppress(OSError), locked(path):
                work = _read(path)
                if work is None:
                    path.unlink()  # nobody can start that again
                else:
                    works[path] = work
        return works


def _read(path: Path) -> InterruptedWork | None:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    try:
        note = json.loads(content[: MAX_BYTES + 1])
        started = datetime.fromisoformat(note["started"])
        key, again = note["key"], note["again"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_whole = isinstance(key, str) and isinstance(again, dict) and started.tzinfo is not None
    return InterruptedWork(path.stem, key, started, again) if is_whole else None
