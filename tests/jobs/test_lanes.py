from concurrent.futures import CancelledError
from threading import Event, Lock

import pytest

from medmeta_core.jobs.jobs import N_PLACES, Jobs, Plan
from medmeta_core.jobs.lanes import MAX_RELEASED, Lane

PATIENCE = 10


class Deaf:
    """Work that goes on until it is let go, whatever anybody says."""

    def __init__(self):
        self.begun, self.let_go = Event(), Event()

    def __call__(self, *args):
        self.begun.set()
        self.let_go.wait(PATIENCE)
        return "done"


def test_no_more_runs_at_once_than_there_are_places():
    lane, lock, running, most = Lane(2, "test"), Lock(), [0], [0]

    def work():
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        Event().wait(0.02)
        with lock:
            running[0] -= 1
        return 1

    futures = [lane.submit(work) for _ in range(8)]
    assert sum(future.result(PATIENCE) for future in futures) == 8
    assert most == [2]


def test_work_begins_in_the_order_of_the_requests():
    lane, order = Lane(1, "test"), []
    futures = [lane.submit(order.append, k) for k in range(20)]
    for future in futures:
        future.result(PATIENCE)
    assert order == list(range(20))


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, MemoryError])
def test_what_the_work_raises_is_reported_and_the_place_is_free_again(error):
    def work():
        raise error

    lane = Lane(1, "test")
    with pytest.raises(error):
        lane.submit(work).result(PATIENCE)
    assert lane.submit(lambda: 3).result(PATIENCE) == 3


def test_released_work_makes_room_and_may_still_end():
    lane, deaf = Lane(1, "test"), Deaf()
    future = lane.submit(deaf)
    assert deaf.begun.wait(PATIENCE)
    after = lane.submit(lambda: "after")
    assert not after.done()
    lane.release(future)
    assert after.result(PATIENCE) == "after"
    deaf.let_go.set()
    assert future.result(PATIENCE) == "done"
    futures = [lane.submit(Deaf()) for _ in range(2)]  # its end has freed no second place
    assert [future.running() for future in futures] == [True, False]


def test_only_so_many_are_released():
    lane, deaf = Lane(1, "test"), [Deaf() for _ in range(MAX_RELEASED + 1)]
    for one in deaf:
        future = lane.submit(one)
        assert one.begun.wait(PATIENCE)
        lane.release(future)
    last = lane.submit(lambda: "last")
    assert not last.done()
    for one in deaf:
        one.let_go.set()
    assert last.result(PATIENCE) == "last"


def test_what_waits_can_be_cancelled():
    lane, deaf = Lane(1, "test"), Deaf()
    lane.submit(deaf)
    waiting = lane.submit(lambda: 1)
    assert waiting.cancel()
    with pytest.raises(CancelledError):
        waiting.result(PATIENCE)
    deaf.let_go.set()
    assert lane.submit(lambda: 2).result(PATIENCE) == 2


def test_a_lane_that_is_shut_down_takes_nothing_more():
    lane, deaf = Lane(1, "test"), Deaf()
    running, waiting = lane.submit(deaf), lane.submit(lambda: 1)
    lane.shutdown(wait=False, cancel_futures=True)
    assert waiting.cancelled()
    with pytest.raises(RuntimeError):
        lane.submit(lambda: 2)
    deaf.let_go.set()
    lane.shutdown()
    assert running.result(0) == "done"


def test_long_work_of_one_kind_does_not_hold_up_another():
    jobs = Jobs({name: Lane(n, name) for name, n in N_PLACES.items()})
    deaf = [Deaf() for _ in range(N_PLACES["adapting"] + 1)]
    for k, work in enumerate(deaf):
        jobs.start("Adapting", work, key=f"adapt-{k}", plan=Plan("adapting"))
    upload = jobs.add("Upload", lambda progress: 64, key="upload", plan=Plan("intake"))
    assert upload.wait(PATIENCE) and upload.result == 64
    for work in deaf:
        work.let_go.set()


def test_a_deaf_job_that_is_stopped_holds_up_nobody():
    jobs = Jobs({name: Lane(n, name) for name, n in N_PLACES.items()})
    deaf = [Deaf() for _ in range(N_PLACES["intake"])]
    stopped = [
        jobs.add("Upload", work, key=f"upload-{k}", plan=Plan("intake"))
        for k, work in enumerate(deaf)
    ]
    assert all(work.begun.wait(PATIENCE) for work in deaf)
    for job in stopped:
        job.stop()
    upload = jobs.add("Upload", lambda progress: 64, key="another", plan=Plan("intake"))
    assert upload.wait(PATIENCE) and upload.result == 64
    for work in deaf:
        work.let_go.set()
    assert all(job.wait(PATIENCE) and job.state == "stopped" for job in stopped)
