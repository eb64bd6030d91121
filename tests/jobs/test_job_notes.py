"""What a server did not finish is known to the next one, however the first one ended."""

import json
import signal
import subprocess
import sys
from threading import Event

import pytest

from medmeta_core.jobs.jobs import N_PLACES, Jobs, Plan
from medmeta_core.jobs.lanes import Lane
from medmeta_core.jobs.notes import JobNotes

PATIENCE = 10
ADAPTING = Plan(again={"kind": "adapt", "workspace_id": "w1"})

SERVER = """
import sys
from pathlib import Path
from threading import Event
from medmeta_core.jobs.notes import JobNotes
from medmeta_core.jobs.jobs import N_PLACES, Jobs, Plan
from medmeta_core.jobs.lanes import Lane

begun = Event()
lanes = {name: Lane(n, name) for name, n in N_PLACES.items()}
jobs = Jobs(lanes, JobNotes(lambda: Path(sys.argv[1])))
plan = Plan(again={"kind": "adapt", "workspace_id": "w1"})
jobs.start("Ended", lambda progress: None, key="ended", plan=plan).wait(10)
jobs.start("Adapting", lambda progress: begun.set() or Event().wait(60), key="one", plan=plan)
begun.wait(10)
print("begun", flush=True)
sys.stdin.read() if sys.argv[2] == "waits" else None
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "jobs"


@pytest.fixture
def notes(folder):
    return JobNotes(lambda: folder)


def jobs_with(notes):
    return Jobs({name: Lane(n, name) for name, n in N_PLACES.items()}, notes)


def server(folder, manner):
    """A process in which a job of the key "one" is under way."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder), manner],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"begun\n"
    return process


def test_a_killed_server_leaves_what_it_had_not_finished(folder, notes):
    process = server(folder, "waits")
    assert notes.interrupted() == []  # it is alive, and at work
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    (work,) = notes.interrupted()
    assert (work.key, work.again) == ("one", ADAPTING.again)


def test_so_does_one_that_ends_in_peace(folder, notes):
    process = server(folder, "ends")
    process.wait(PATIENCE)
    assert [work.key for work in notes.interrupted()] == ["one"]


def test_work_that_is_started_again_is_no_longer_lost(folder, notes):
    process = server(folder, "waits")
    process.kill()
    process.wait(PATIENCE)
    jobs, go_on = jobs_with(notes), Event()
    assert [work.key for work in jobs.interrupted()] == ["one"]
    job = jobs.start("Again", lambda progress: go_on.wait(PATIENCE), key="one", plan=ADAPTING)
    assert jobs.interrupted() == []  # under way
    go_on.set()
    assert job.wait(PATIENCE)
    assert jobs.interrupted() == []


def test_what_nobody_wants_again_is_forgotten(folder, notes):
    process = server(folder, "waits")
    process.kill()
    process.wait(PATIENCE)
    notes.forget(key="another")
    assert len(notes.interrupted()) == 1
    notes.forget(job_id=notes.interrupted()[0].id)
    assert notes.interrupted() == [] and list(folder.iterdir()) == []


def test_work_that_is_added_beside_is_not_the_lost_work_done_again(folder, notes):
    process = server(folder, "waits")
    process.kill()
    process.wait(PATIENCE)
    jobs = jobs_with(notes)
    assert jobs.add("Another", lambda progress: 1, key="one", plan=ADAPTING).wait(PATIENCE)
    jobs._lanes["answers"].shutdown()
    (work,) = jobs.interrupted()
    assert work.key == "one"
    jobs.dismiss(work)
    assert jobs.interrupted() == []


def test_of_two_that_were_lost_under_one_key_each_is_forgotten_alone(folder, notes):
    folder.mkdir()
    for number in range(2):
        note = {"key": "k", "started": f"2024-05-0{number + 1}T08:00:00+00:00", "again": {}}
        (folder / f"{number:032x}.json").write_text(json.dumps(note))
    first, second = notes.interrupted()
    notes.forget(job_id=first.id)
    assert notes.interrupted() == [second]


def test_work_on_what_was_erased_leaves_no_note_though_it_is_under_way(folder, notes):
    lost, alive = server(folder, "ends"), server(folder, "waits")
    lost.wait(PATIENCE)
    (folder / "torn.part").write_bytes(b"w1")  # by a server that was killed while it wrote
    jobs, go_on = jobs_with(notes), Event()
    job = jobs.add("Own", lambda progress: go_on.wait(PATIENCE), key="own", plan=ADAPTING)
    other = Plan(again={"kind": "adapt", "workspace_id": "w2"})
    jobs.add("Other", lambda progress: go_on.wait(PATIENCE), key="other", plan=other)
    assert len(list(folder.glob("*.json"))) == 4
    notes.forget_where(lambda again: again["workspace_id"] == "w1")
    (note,) = folder.iterdir()
    assert b"w1" not in note.read_bytes() and b"w2" in note.read_bytes()
    go_on.set()
    assert job.wait(PATIENCE) and job.state == "done"
    alive.kill()
    alive.wait(PATIENCE)
    jobs._lanes["answers"].shutdown()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("end", ["done", "failed", "stopped", "cancelled"])
def test_a_job_that_ends_leaves_no_note(folder, notes, end):
    jobs, go_on = jobs_with(notes), Event()

    def work(progress):
        go_on.wait(PATIENCE)
        if end == "failed":
            raise SystemExit

    for _ in range(N_PLACES["answers"] if end == "cancelled" else 0):
        jobs.add("Busy", lambda progress: go_on.wait(PATIENCE), key="busy")
    job = jobs.start("x", work, key="x", plan=ADAPTING)
    assert len(list(folder.iterdir())) == 1
    if end in ("stopped", "cancelled"):
        job.stop()
    go_on.set()
    assert job.wait(PATIENCE)
    jobs._lanes["answers"].shutdown()
    assert list(folder.iterdir()) == []


def test_work_without_a_way_to_start_it_again_is_not_noted(folder, notes):
    assert jobs_with(notes).start("x", lambda progress: 1, key="x").wait(PATIENCE)
    assert not folder.exists()


def test_a_disk_that_refuses_fails_no_job(folder, notes):
    folder.write_bytes(b"a file where the folder should be")
    job = jobs_with(notes).start("x", lambda progress: 1, key="x", plan=ADAPTING)
    assert job.wait(PATIENCE) and job.result == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[1]",
        b"{",
        b"\xff",
        json.dumps({"key": "k", "started": "2024-01-01", "again": {}}).encode(),  # no zone
        json.dumps({"key": 1, "started": "2024-01-01T00:00:00+00:00", "again": {}}).encode(),
        b"[" * 100_000,
    ],
)
def test_a_note_that_cannot_be_read_is_swept(folder, notes, content):
    folder.mkdir()
    note, other = folder / f"{'a' * 32}.json", folder / "another.json"
    for file in (note, other):
        file.write_bytes(content)
    assert notes.interrupted() == []
    assert not note.exists() and other.exists()


def test_a_note_is_for_its_owner_alone(folder, notes):
    notes.begin("a" * 32, "key", {})
    (note,) = folder.iterdir()
    assert note.stat().st_mode & 0o077 == 0
    notes.end("a" * 32)
