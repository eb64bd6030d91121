"""`Job`: a piece of work under way, or ended."""

import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Event, Lock
from typing import Any, Literal
from uuid import uuid4

from medmeta_core.errors import IncidentError, MedMetaError, OutOfMemoryError, Stopped
from medmeta_core.memory_limit import lacks_memory
from medmeta_core.progress import Progress, watched_by

State = Literal["running", "done", "failed", "stopped"]

_WITHOUT_NUMBER = IncidentError("?")


class Job:
    """Work under way, or ended; read from any thread.

    Attributes:
        id: unique.
        key: what the work is for; one job runs for a key.
        kind: of work, such as "adapt"; `facts` are what a sentence about it needs, such as `n`.
        started: when it was asked for.
        fraction: done, in [0, 1].
        message: what the work said last.
        state: "running" also while it waits for its turn, and while it has not yet stopped.
        result: of the work, once the state is "done".
        error: fit for the user, once the state is "failed".
        when_stop_is_asked: called then, by whoever asks.
    """

    def __init__(self, kind: str, *, key: str, facts: Mapping[str, object] | None = None) -> None:
        self.id = uuid4().hex
        self.key = key
        self.kind = kind
        self.facts: Mapping[str, object] = facts or {}
        self.started = datetime.now(UTC)
        self.fraction = 0.0
        self.message = ""
        self.state: State = "running"
        self.result: Any = None
        self.error: MedMetaError | None = None
        self._lock = Lock()
        self._is_stop_asked = False
        self._is_keeping = False
        self._ended = Event()
        self.when_stop_is_asked: Callable[[], None] = _nothing

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop and has not ended yet."""
        return self.state == "running" and self._is_stop_asked

    @property
    def is_running(self) -> bool:
        """Whether it is at work, or waits for its turn, and nobody has told it to stop."""
        return self.state == "running" and not self._is_stop_asked

    def stop(self) -> None:
        """Tell the work to stop: nothing that it makes is kept from now on.

        It ends at its next step; where it keeps its outcome already, it comes too late.
        """
        with self._lock:
            if self._is_keeping or self.state != "running":
                return
            self._is_stop_asked = True
        self.when_stop_is_asked()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether the job has ended, at most `seconds` from now."""
        return self._ended.wait(seconds)

    def check(self) -> None:
        """Raise `Stopped` where the work is to stop."""
        if self._is_stop_asked:
            raise Stopped

    def begin_keeping(self) -> None:
        """Raise `Stopped` where the work is to stop; else nobody can stop it any more."""
        with self._lock:
            self.check()
            self._is_keeping = True

    def run(self, work: Callable[[Progress], Any]) -> None:
        """Do the work in this thread; whatever it raises ends the job."""
        try:
            with watched_by(self):
                self.check()  # a job stopped while it waited never begins
                result = work(self._tell)
                self.begin_keeping()
            self.result = result
            self.fraction = 1.0
            self._end("done")
        except Stopped:
            self._end("stopped")
        except MedMetaError as error:
            self._fail(error)
        except BaseException as error:  # noqa: BLE001 (SystemExit or no memory end a job, too)
            self._fail_by_fault(error)

    def fail(self, error: BaseException) -> None:
        """End a job whose work could not be begun, or whose executor died."""
        if self.state == "running":
            self._fail_by_fault(error)

    def _tell(self, fraction: float, message: str) -> None:
        self.check()
        self.fraction = min(max(fraction, 0.0), 1.0)
        self.message = message

    def _fail_by_fault(self, error: BaseException) -> None:
        if lacks_memory(error):
            self._fail(OutOfMemoryError())
        else:
            self._fail_by_incident(error)

    def _fail_by_incident(self, error: BaseException) -> None:
        incident = _WITHOUT_NUMBER
        try:
            number = secrets.token_hex(4).upper()
            incident = IncidentError(number)
            logging.getLogger(__name__).error("Incident %s in a job", number, exc_info=error)
        finally:  # there may be no memory left to log with
            self._fail(incident)

    def _fail(self, error: MedMetaError) -> None:
        self.error = error
        self._end("failed")

    def _end(self, state: State) -> None:
        with self._lock:
            self.state = state
        self._ended.set()


def _nothing() -> None:
    """What happens where nothing need be done."""
