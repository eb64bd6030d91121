"""Work outside the page's thread, behind `concurrent.futures.Executor`."""

import atexit
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from medmeta_core.errors import Stopped
from medmeta_core.jobs.job import Job
from medmeta_core.jobs.lanes import Lane
from medmeta_core.jobs.notes import InterruptedWork, JobNotes
from medmeta_core.paths import default_folder
from medmeta_core.progress import Progress

LaneName = Literal["intake", "adapting", "answers"]

N_PLACES: Mapping[LaneName, int] = {"intake": 2, "adapting": 2, "answers": 2}
"""How many jobs of a kind run at once: nobody's long fit holds up another's upload or answer."""

MAX_ENDED_JOBS = 256
"""For how many keys ended jobs are remembered; the oldest leave first."""

CLOSING_SECONDS = 3.0
"""How long the end of the process waits for jobs that it has told to stop."""


@dataclass(frozen=True)
class Plan:
    """How a job is done.

    Attributes:
        lane: among which jobs it waits for its turn.
        again: what is needed to start it again, as plain JSON, should the server end before it
            does; None where that is not possible or not worth telling.
        facts: what a sentence about the job needs, by name.
    """

    lane: LaneName = "answers"
    again: Mapping[str, Any] | None = None
    facts: Mapping[str, object] | None = None


class Jobs:
    """The jobs of this process; a key has its last one, or all those that ran side by side.

    Args:
        lanes: who does the work of each kind.
        notes: where work under way is noted for the time after a restart.
    """

    def __init__(self, lanes: Mapping[LaneName, Executor], notes: JobNotes | None = None) -> None:
        self._lanes = lanes
        self._notes = notes
        self._jobs: dict[str, list[Job]] = {}
        self._lock = Lock()
        self._is_closing = False
        self._closes_at_exit = False

    def start(
        self, kind: str, work: Callable[[Progress], Any], *, key: str, plan: Plan | None = None
    ) -> Job:
        """The job of `key`: the running one, or a new one that does `work`."""
        with self._lock:
            earlier = self._jobs.get(key, [])
            if earlier and earlier[-1].is_running:
                return earlier[-1]
            job = self._remember(_job(kind, key, plan), beside=[])
        if self._notes:
            self._notes.forget(key=key)  # what was lost is done again by this job
        return self._submit(job, work, plan or Plan())

    def add(
        self, kind: str, work: Callable[[Progress], Any], *, key: str, plan: Plan | None = None
    ) -> Job:
        """A new job of `key`, beside those that run: no work is rejected."""
        with self._lock:
            earlier = self._jobs.get(key, [])
            beside = earlier if _any_runs(earlier) else []
            job = self._remember(_job(kind, key, plan), beside=beside)
        return self._submit(job, work, plan or Plan())

    def find(self, key: str) -> Job | None:
        """The last job of `key`, running or ended."""
        jobs = self.find_all(key)
        return jobs[-1] if jobs else None

    def find_all(self, key: str) -> list[Job]:
        """The last jobs of `key` that ran side by side, running or ended, the newest last."""
        with self._lock:
            return list(self._jobs.get(key, []))

    def forget(self, key: str) -> None:
        """Let go of the ended jobs of `key` and of what came out of them."""
        with self._lock:
            if not _any_runs(self._jobs.get(key, [])):
                self._jobs.pop(key, None)

    def interrupted(self) -> list[InterruptedWork]:
        """What was under way when a server ended, the oldest first."""
        return self._notes.interrupted() if self._notes else []

    def dismiss(self, work: InterruptedWork) -> None:
        """Forget what was lost."""
        if self._notes:
            self._notes.forget(job_id=work.id)

    def forget_where(self, is_gone: Callable[[Mapping[str, Any]], bool]) -> None:
        """The notes are not to hold any work, lost or under way, whose `Plan.again` is such."""
        if self._notes:
            self._notes.forget_where(is_gone)

    def close(self) -> None:
        """Tell all jobs to stop and give them a moment; their notes stay, for they are lost."""
        self._is_closing = True
        with self._lock:
            running = [job for jobs in self._jobs.values() for job in jobs if job.is_running]
        for job in running:
            job.stop()
        deadline = time.monotonic() + CLOSING_SECONDS
        for job in running:
            job.wait(max(0.0, deadline - time.monotonic()))

    def _remember(self, job: Job, *, beside: Sequence[Job]) -> Job:
        self._jobs.pop(job.key, None)
        self._jobs[job.key] = [*beside, job]
        ended = [key for key, jobs in self._jobs.items() if not _any_runs(jobs)]
        for key in ended[: max(0, len(ended) - MAX_ENDED_JOBS)]:
            del self._jobs[key]
        return job

    def _submit(self, job: Job, work: Callable[[Progress], Any], plan: Plan) -> Job:
        self._close_at_exit()
        lane = self._lanes[plan.lane]
        if self._notes and plan.again is not None:
            self._notes.begin(job.id, job.key, plan.again)
        try:
            future = lane.submit(job.run, work)
        except Exception as error:  # noqa: BLE001 (a pool that died takes nothing any more)
            job.fail(error)
            self._forget_note(job)
            return job
        future.add_done_callback(lambda ended: self._after(job, ended))
        job.when_stop_is_asked = lambda: _leave(lane, future)
        if job.is_stopping:
            _leave(lane, future)
        return job

    def _after(self, job: Job, ended: "Future[None]") -> None:
        """A job whose executor was shut down or died would otherwise run for ever on screen."""
        if ended.cancelled():
            job.stop()
            job.run(_nothing_more)
        elif (error := ended.exception()) is not None:
            job.fail(error)
        self._forget_note(job)

    def _close_at_exit(self) -> None:
        """From the first job on, so that jobs end before what was opened before them is closed."""
        with self._lock:
            if not self._closes_at_exit:
                self._closes_at_exit = True
                atexit.register(self.close)

    def _forget_note(self, job: Job) -> None:
        if self._notes and not self._is_closing:
            self._notes.end(job.id)


def _leave(lane: Executor, future: "Future[None]") -> None:
    """Take a stopped job out of its lane: at once where it waits, else its place alone."""
    if not future.cancel() and isinstance(lane, Lane):
        lane.release(future)


def _job(kind: str, key: str, plan: Plan | None) -> Job:
    return Job(kind, key=key, facts=plan.facts if plan else None)


def _any_runs(jobs: Sequence[Job]) -> bool:
    return any(job.state == "running" for job in jobs)


def _nothing_more(_: Progress) -> None:
    raise Stopped


JOBS = Jobs(
    {name: Lane(n_places, f"medmeta-{name}") for name, n_places in N_PLACES.items()},
    JobNotes(lambda: default_folder() / "jobs"),
)
"""The jobs of the dashboard's process."""

start = JOBS.start
add_job = JOBS.add
find_job = JOBS.find
find_jobs = JOBS.find_all
forget_job = JOBS.forget
interrupted_work = JOBS.interrupted
dismiss_interrupted = JOBS.dismiss
forget_work_where = JOBS.forget_where
