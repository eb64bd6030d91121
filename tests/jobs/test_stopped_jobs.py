"""A stopped job ends at its next step, and what it was about to keep is dropped."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from pools import PATIENCE, jobs_of

from medmeta_core.progress import begin_keeping, check_stopped


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
    begun, go_on, outcomes = Event(), Event(), []

    def work(progress):
        begun.set()
        go_on.wait(PATIENCE)
        begin_keeping()
        outcomes.append(1)

    job = jobs.start("x", work, key="x")
    assert begun.wait(PATIENCE)
    job.stop()
    go_on.set()
    assert job.wait(PATIENCE)
    assert (job.state, outcomes) == ("stopped", [])


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
