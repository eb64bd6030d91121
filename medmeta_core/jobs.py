"""Work outside the page's thread, behind `concurrent.futures.Executor`."""

import logging
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event, Lock
from typing import Any, Literal
from uuid import uuid4

from medmeta_core.errors import MedMetaError, Stopped
from medmeta_core.progress import Progress

State = Literal["running", "done", "failed", "stopped"]

N_WORKERS = 2

MAX_ENDED_JOBS = 256
"""For how many keys ended jobs are remembered; the oldest leave first."""


class Job:
    """Work under way, or ended; read from any thread.

    Attributes:
        id: unique.
        key: what the work is for; one job runs for a key.
        label: for the screen.
        started: when it was asked for.
        fraction: done, in [0, 1].
        message: what the work said last.
        state: "running" also while it waits for its turn.
        result: of the work, once the state is "done".
        error_message: fit for the user, once the state is "failed".
        error_rule: the rule that was broken, where the work named one.
    """

    def __init__(self, label: str, *, key: str) -> None:
        self.id = uuid4().hex
        self.key = key
        self.label = label
        self.started = datetime.now(UTC)
        self.fraction = 0.0
        self.message = ""
        self.state: State = "running"
        self.result: Any = None
        self.error_message = ""
        self.error_rule = ""
        self._stop_asked = Event()
        self._ended = Event()

    def stop(self) -> None:
        """Ask the work to stop; it does when it next tells of its progress."""
        self._stop_asked.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether the job has ended, at most `seconds` from now."""
        return self._ended.wait(seconds)

    def run(self, work: Callable[[Progress], Any]) -> None:
        """Do the work in this thread; what it raises ends in `error_message`."""
        try:
            self._tell(0.0, self.message)  # a job stopped while it waited never begins
            self.result = work(self._tell)
            self.fraction = 1.0
            self._end("done")
        except Stopped:
            self._end("stopped")
        except MedMetaError as error:
            self.error_message, self.error_rule = str(error), error.rule
            self._end("failed")
        except Exception:
            incident = secrets.token_hex(4).upper()
            logging.exception("Incident %s in a job", incident)
            self.error_message = f"Something went wrong in MedMeta itself (incident {incident})."
            self.error_rule = "incident"
            self._end("failed")

    def _tell(self, fraction: float, message: str) -> None:
        if self._stop_asked.is_set():
            raise Stopped
        self.fraction = min(max(fraction, 0.0), 1.0)
        self.message = message

    def _end(self, state: State) -> None:
        self.state = state
        self._ended.set()


class Jobs:
    """The jobs of this process; a key has its last one, or all those that ran side by side."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._jobs: dict[str, list[Job]] = {}
        self._lock = Lock()

    def start(self, label: str, work: Callable[[Progress], Any], *, key: str) -> Job:
        """The job of `key`: the running one, or a new one that does `work`."""
        with self._lock:
            known = self._jobs.get(key, [])
            if _any_runs(known):
                return known[-1]
            job = self._remember(Job(label, key=key), beside=[])
        return self._submit(job, work)

    def add(self, label: str, work: Callable[[Progress], Any], *, key: str) -> Job:
        """A new job of `key`, beside those that run: no work is turned away."""
        with self._lock:
            known = self._jobs.get(key, [])
            job = self._remember(Job(label, key=key), beside=known if _any_runs(known) else [])
        return self._submit(job, work)

    def find(self, key: str) -> Job | None:
        """The last job of `key`, running or ended."""
        found = self.find_all(key)
        return found[-1] if found else None

    def find_all(self, key: str) -> list[Job]:
        """The last jobs of `key` that ran side by side, running or ended, the newest last."""
        with self._lock:
            return list(self._jobs.get(key, []))

    def _remember(self, job: Job, *, beside: Sequence[Job]) -> Job:
        self._jobs.pop(job.key, None)
        self._jobs[job.key] = [*beside, job]
        ended = [key for key, jobs in self._jobs.items() if not _any_runs(jobs)]
        for key in ended[: max(0, len(ended) - MAX_ENDED_JOBS)]:
            del self._jobs[key]
        return job

    def _submit(self, job: Job, work: Callable[[Progress], Any]) -> Job:
        future = self._executor.submit(job.run, work)
        future.add_done_callback(lambda ended: _end_what_never_ran(job, ended))
        return job


def _any_runs(jobs: Sequence[Job]) -> bool:
    return any(job.state == "running" for job in jobs)


def _end_what_never_ran(job: Job, ended: "Future[None]") -> None:
    """A job whose executor was shut down first would otherwise run for ever on the screen."""
    if ended.cancelled():
        job.run(_stopped)


def _stopped(_: Progress) -> None:
    raise Stopped


JOBS = Jobs(ThreadPoolExecutor(N_WORKERS, thread_name_prefix="medmeta-job"))
"""The jobs of the dashboard's process."""

start = JOBS.start
add_job = JOBS.add
find_job = JOBS.find
find_jobs = JOBS.find_all
