"""A job by its key, its progress and its outcome."""

from concurrent.futures import Executor, Future
from threading import Barrier, Event, Thread

from pools import PATIENCE, jobs_of

from medmeta_core.jobs.jobs import MAX_ENDED_JOBS, find_job, start


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
    reported, go_on = Event(), Event()

    def work(progress):
        progress(0.25, "a quarter")
        reported.set()
        go_on.wait(PATIENCE)

    job = jobs.start("Long work", work, key="long")
    assert reported.wait(PATIENCE)
    assert (job.fraction, job.message, job.state) == (0.25, "a quarter", "running")
    assert not job.wait(0.01)
    go_on.set()
    assert job.wait(PATIENCE)


def test_a_fraction_outside_0_and_1_is_brought_inside(jobs):
    fractions = []
    jobs_own = {}

    def work(progress):
        for fraction in (-1.0, 2.0):
            progress(fraction, "")
            fractions.append(jobs_own["job"].fraction)

    gate = Event()
    job = jobs.start("x", lambda progress: (gate.wait(PATIENCE), work(progress)), key="x")
    jobs_own["job"] = job
    gate.set()
    assert job.wait(PATIENCE)
    assert fractions == [0.0, 1.0]


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
