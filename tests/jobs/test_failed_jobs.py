"""Whatever the work raises or its pool does, the job ends and says why."""

import logging
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from threading import Event

import pytest
from pools import PATIENCE, jobs_of

from medmeta_core.errors import MedMetaError


def test_an_error_for_the_clinician_is_reported_as_it_is(jobs):
    def work(progress):
        raise MedMetaError("two-conditions", found=1)

    job = jobs.start("x", work, key="x")
    assert job.wait(PATIENCE)
    assert job.state == "failed"
    assert str(job.error) == "At least two conditions are needed, found 1."
    assert job.error.message_in("zh") == "至少需要两个病种，目前有 1 个。"
    assert job.error.rule == "two-conditions"


def test_any_other_error_is_reported_as_an_incident_whose_number_is_in_the_log(jobs, caplog):
    def work(progress):
        raise KeyError("Doe^Jane")

    with caplog.at_level(logging.ERROR):
        job = jobs.start("x", work, key="x")
        assert job.wait(PATIENCE)
    assert job.state == "failed"
    assert "Doe" not in str(job.error)
    number = str(job.error).split("incident ")[1][:8]
    assert number in caplog.text
    assert "Doe^Jane" in caplog.text  # the log is on this machine, for whoever mends it


def test_a_job_whose_executor_shuts_down_first_ends_as_stopped():
    busy = Event()
    executor = ThreadPoolExecutor(1)
    jobs = jobs_of(executor)
    jobs.start("Busy", lambda progress: busy.wait(PATIENCE), key="busy")
    waiting = jobs.start("Waiting", lambda progress: None, key="waiting")
    executor.shutdown(wait=False, cancel_futures=True)
    assert waiting.wait(PATIENCE)
    assert waiting.state == "stopped"
    busy.set()


@pytest.mark.parametrize(
    ("error", "rule"),
    [
        (SystemExit, "incident"),
        (KeyboardInterrupt, "incident"),
        (MemoryError, "server-memory"),
        (GeneratorExit, "incident"),
    ],
)
def test_whatever_the_work_raises_ends_the_job(jobs, error, rule):
    def work(progress):
        raise error("Doe^Jane")

    job = jobs.start("x", work, key="x")
    assert job.wait(PATIENCE)
    assert (job.state, job.error.rule) == ("failed", rule)
    assert "Doe" not in str(job.error)
    after = jobs.start("After", lambda progress: 1, key="after")  # its thread still works
    assert after.wait(PATIENCE) and after.result == 1


def test_a_pool_that_takes_no_more_work_fails_the_job_and_not_the_page():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    job = jobs_of(executor).start("x", lambda progress: None, key="x")
    assert (job.state, job.error.rule) == ("failed", "incident")


class Dying(Executor):
    """A pool whose worker dies with the work in its hands."""

    def submit(self, work, /, *args, **kwargs):
        future = Future()
        future.set_exception(BrokenExecutor("a worker died"))
        return future


def test_a_pool_that_dies_fails_its_jobs():
    jobs = jobs_of(Dying())
    job = jobs.start("x", lambda progress: None, key="x")
    assert (job.state, job.error.rule) == ("failed", "incident")
    assert jobs.start("x", lambda progress: None, key="x") is not job  # its key is free again
