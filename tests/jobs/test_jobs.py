import logging
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from threading import Barrier, Event, Thread

import pytest

from medmeta_core.errors import MedMetaError
from medmeta_core.jobs.jobs import MAX_ENDED_JOBS, N_PLACES, Jobs, find_job, start
from medmeta_core.progress import begin_keeping, check_stopped

PATIENCE = 10


def jobs_of(executor):
    """Jobs of which all kinds are done by this executor."""
    return Jobs(dict.fromkeys(N_PLACES, executor))


@pytest.fixture
def jobs():
    with ThreadPoolExecutor(2) as executor:
        yield jobs_of(executor)


def test_a_job_ends_with_the_result_of_its_work(jobs):
    job = jobs.start("Adding", lambda progress: 1 + 1, key="sum")
    assert job.wait(PATIENCE)
    assert (job.state, job.result, job.fraction, job.error) == ("done", 2, 1.0, None)


def test_what_came_out_of_an_ended_job_can_be_let_go(jobs):
    ended, go_on = jobs.start("Report", lambda progress: "report", key="ended"), Event()
    running = jobs.start("Report", lambda progress: go_on.wait(PATIENCE), key="running")
    assert ended.wait(PATIENCE)
    for key in ("ended", "running", "unknown"):
        jobs.forget(key)
    assert jobs.find("ended") is None
    assert jobs.find("running") is running
    go_on.set()


def test_the_dashboard_finds_its_job_by_its_key():
    job = start("Adding", lambda progress: 3, key="the-dashboards-own")
    assert find_job("the-dashboards-own") is job
    assert job.wait(PATIENCE)
    assert job.result == 3


def test_progress_is_seen_while_the_work_goes_on(jobs):
    told, go_on = Event(), Event()

    def work(progress):
        progress(0.25, "a quarter")
        told.set()
        go_on.wait(PATIENCE)

    job = jobs.start("Long work", work, key="long")
    assert told.wait(PATIENCE)
    assert (job.fraction, job.message, job.state) == (0.25, "a quarter", "running")
    assert not job.wait(0.01)
    go_on.set()
    assert job.wait(PATIENCE)


def test_a_fraction_outside_0_and_1_is_brought_inside(jobs):
    seen = []
    jobs_own = {}

    def work(progress):
        for fraction in (-1.0, 2.0):
            progress(fraction, "")
            seen.append(jobs_own["job"].fraction)

    gate = Event()
    job = jobs.start("x", lambda progress: (gate.wait(PATIENCE), work(progress)), key="x")
    jobs_own["job"] = job
    gate.set()
    assert job.wait(PATIENCE)
    assert seen == [0.0, 1.0]


def test_a_stopped_job_stops_when_it_next_tells_of_its_progress(jobs):
    begun = Event()

    def work(progress):
        while True:
            progress(0.5, "on and on")
            begun.set()
            time.sleep(0.001)

    job = jobs.start("Endless", work, key="endless")
    assert begun.wait(PATIENCE)
    job.stop()
    assert job.wait(PATIENCE)
    assert (job.state, job.result, job.error) == ("stopped", None, None)


def test_a_job_stopped_while_it_waits_never_begins():
    busy, begun = Event(), []
    with ThreadPoolExecutor(1) as executor:
        jobs = jobs_of(executor)
        jobs.start("Busy", lambda progress: busy.wait(PATIENCE), key="busy")
        job = jobs.start("Waiting", lambda progress: begun.append(1), key="waiting")
        job.stop()
        busy.set()
        assert job.wait(PATIENCE)
    assert (job.state, begun) == ("stopped", [])


def test_an_error_for_the_clinician_is_told_as_it_is(jobs):
    def work(progress):
        raise MedMetaError("two-conditions", found=1)

    job = jobs.start("x", work, key="x")
    assert job.wait(PATIENCE)
    assert job.state == "failed"
    assert str(job.error) == "At least two conditions are needed, found 1."
    assert job.error.message_in("zh") == "至少需要两个病种，目前有 1 个。"
    assert job.error.rule == "two-conditions"


def test_any_other_error_is_told_as_an_incident_whose_number_is_in_the_log(jobs, caplog):
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


def test_a_running_key_gives_its_running_job_to_all_who_start_it_at_once(jobs):
    go_on, all_at_once, got = Event(), Barrier(8), []

    def starter():
        all_at_once.wait(PATIENCE)
        got.append(jobs.start("One", lambda progress: go_on.wait(PATIENCE), key="one"))

    threads = [Thread(target=starter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.id for job in got}) == 1
    go_on.set()
    assert got[0].wait(PATIENCE)


def test_an_ended_job_is_kept_until_another_takes_its_key(jobs):
    first = jobs.start("x", lambda progress: 1, key="x")
    assert first.wait(PATIENCE)
    assert jobs.find("x") is first
    second = jobs.start("x", lambda progress: 2, key="x")
    assert second is not first
    assert jobs.find("x") is second
    assert jobs.find("unknown") is None


def test_keys_used_once_do_not_pile_up(jobs):
    for i in range(MAX_ENDED_JOBS + 20):
        assert jobs.start("x", lambda progress: None, key=f"once-{i}").wait(PATIENCE)
    assert jobs.find("once-0") is None
    assert jobs.find(f"once-{MAX_ENDED_JOBS + 19}") is not None


def test_work_added_to_a_running_key_is_done_as_well(jobs):
    go_on, all_at_once, done = Event(), Barrier(8), []

    def adder(k):
        all_at_once.wait(PATIENCE)
        jobs.add("One", lambda progress: go_on.wait(PATIENCE) and done.append(k), key="one")

    threads = [Thread(target=adder, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    added = jobs.find_all("one")
    go_on.set()
    assert all(job.wait(PATIENCE) for job in added)
    assert sorted(done) == list(range(8))
    assert jobs.find("one") is added[-1]
    last = jobs.add("Another", lambda progress: None, key="one")
    assert jobs.find_all("one") == [last]  # those that had ended before it are forgotten
    assert last.wait(PATIENCE)


class InThisThread(Executor):
    """Another executor: does the work at once."""

    def submit(self, work, /, *args, **kwargs):
        future = Future()
        future.set_result(work(*args, **kwargs))
        return future


def test_another_executor_can_be_put_in():
    job = jobs_of(InThisThread()).start("x", lambda progress: 5, key="x")
    assert (job.state, job.result) == ("done", 5)


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


def test_a_job_stopped_while_it_waits_ends_before_its_turn():
    busy = Event()
    with ThreadPoolExecutor(1) as executor:
        jobs = jobs_of(executor)
        jobs.start("Busy", lambda progress: busy.wait(PATIENCE), key="busy")
        waiting = jobs.start("Waiting", lambda progress: None, key="waiting")
        waiting.stop()
        assert waiting.wait(PATIENCE)
        assert (waiting.state, busy.is_set()) == ("stopped", False)
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


# What is stopped keeps nothing


def test_what_a_stopped_job_brings_home_is_dropped(jobs):
    begun, go_on = Event(), Event()

    def deaf(progress):
        begun.set()
        go_on.wait(PATIENCE)
        return "outcome"

    job = jobs.start("Deaf", deaf, key="deaf")
    assert begun.wait(PATIENCE)
    job.stop()
    assert (job.is_stopping, job.is_running, job.state) == (True, False, "running")
    go_on.set()
    assert job.wait(PATIENCE)
    assert (job.state, job.result, job.is_stopping) == ("stopped", None, False)


def test_a_step_deep_inside_stops_where_no_listener_reaches(jobs):
    begun = Event()

    def step():
        check_stopped()
        begun.set()
        time.sleep(0.001)

    def work(progress):
        while True:
            step()

    job = jobs.start("Deep", work, key="deep")
    assert begun.wait(PATIENCE)
    job.stop()
    assert job.wait(PATIENCE)
    assert job.state == "stopped"


def test_stopped_before_it_keeps_its_outcome_keeps_nothing(jobs):
    begun, go_on, kept = Event(), Event(), []

    def work(progress):
        begun.set()
        go_on.wait(PATIENCE)
        begin_keeping()
        kept.append(1)

    job = jobs.start("x", work, key="x")
    assert begun.wait(PATIENCE)
    job.stop()
    go_on.set()
    assert job.wait(PATIENCE)
    assert (job.state, kept) == ("stopped", [])


def test_stopped_while_it_keeps_its_outcome_comes_too_late(jobs):
    keeping, go_on = Event(), Event()

    def work(progress):
        begin_keeping()
        keeping.set()
        go_on.wait(PATIENCE)
        check_stopped()
        return "kept"

    job = jobs.start("x", work, key="x")
    assert keeping.wait(PATIENCE)
    job.stop()
    assert not job.is_stopping
    go_on.set()
    assert job.wait(PATIENCE)
    assert (job.state, job.result) == ("done", "kept")


def test_what_runs_outside_a_job_is_never_stopped():
    check_stopped()
    begin_keeping()


def test_work_is_begun_anew_beside_work_that_does_not_stop(jobs):
    begun, go_on = Event(), Event()

    def deaf(progress):
        begun.set()
        go_on.wait(PATIENCE)

    first = jobs.start("Deaf", deaf, key="one")
    assert begun.wait(PATIENCE)
    first.stop()
    second = jobs.start("Again", lambda progress: 2, key="one")
    assert second is not first and second.wait(PATIENCE)
    assert jobs.find("one") is second
    go_on.set()
    assert first.wait(PATIENCE)
    assert (first.state, second.result) == ("stopped", 2)
