"""Several writers at once, and writers that die."""

import random
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from medmeta_core.workspace import Role, Store

ROOT = Path(__file__).resolve().parents[2]

LABELLING = """
import sys
from pathlib import Path
from medmeta_core.workspace import Store

store = Store.open(Path(sys.argv[1]))
desk, [image] = sys.argv[2], [one for one in store.images(sys.argv[2]) if one.alias == sys.argv[3]]
for number in range(int(sys.argv[4]), int(sys.argv[5])):
    store.relabel(desk, [image.id], f"label {number}")
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""

OPENING = """
import sys
from pathlib import Path
from medmeta_core.workspace import Store

Store.open(Path(sys.argv[1])).create_workspace(sys.argv[2])
"""

ADDING = """
import sys
from hashlib import sha256
from pathlib import Path
import numpy as np
from medmeta_core.imaging import MedicalImage
from medmeta_core.workspace import NewImage, Role, Store

store = Store.open(Path(sys.argv[1]))
for number in range(10_000):
    pixels = np.random.default_rng(number).random((3, 32, 32), np.float32)
    image = MedicalImage(pixels, "OT", sha256(b"%d" % number).hexdigest())
    store.add_images(sys.argv[2], [NewImage(image, "x", Role.EXAMPLE)])
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def child(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def is_sound(folder):
    with closing(sqlite3.connect(folder / "medmeta.sqlite")) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def killed_at_random(writer, generator):
    """What the writer had confirmed when it was killed in the middle of its work."""
    first = writer.stdout.readline()
    time.sleep(generator.uniform(0, 0.15))
    writer.kill()  # SIGKILL
    return [int(line) for line in (first + writer.stdout.read()).split("\n") if line]


def test_no_confirmed_label_is_lost_when_the_writer_is_killed(tmp_path, new_image):
    generator = random.Random(0)
    store = Store.open(tmp_path)
    desk = store.create_workspace("Desk").id
    [image] = store.add_images(desk, [new_image(1)])
    for begin in range(0, 4_000_000, 1_000_000):
        store.close()
        acts_before = len(store.acts(desk))
        writer = child(LABELLING, tmp_path, desk, image.alias, begin, 4_000_000)
        confirmed = killed_at_random(writer, generator)
        writer.wait()
        store = Store.open(tmp_path)
        acts = store.acts(desk)[acts_before:]
        # One act may be on disk whose confirmation the kill cut off.
        assert len(acts) - len(confirmed) in (0, 1)
        last = int(store.images(desk)[0].condition.removeprefix("label "))
        assert last - confirmed[-1] in (0, 1)
        assert is_sound(tmp_path)
        assert store.verify_audit(desk)
    store.close()


def test_no_confirmed_image_is_lost_when_the_writer_is_killed(tmp_path):
    generator = random.Random(1)
    store = Store.open(tmp_path)
    for _ in range(3):
        desk = store.create_workspace("Desk").id
        writer = child(ADDING, tmp_path, desk)
        confirmed = killed_at_random(writer, generator)
        writer.wait()
        images = store.images(desk)
        assert len(images) - len(confirmed) in (0, 1)
        for image in images:
            assert store.read_image(image.id).height == 32
            assert store.thumbnail(image.id)
        assert is_sound(tmp_path)
        assert store.verify_audit(desk)
    store.close()


def test_two_processes_write_at_once(tmp_path, new_image):
    store = Store.open(tmp_path)
    desk = store.create_workspace("Desk").id
    store.add_images(desk, [new_image(1), new_image(2)])
    writers = [child(LABELLING, tmp_path, desk, alias, 0, 60) for alias in ("E1", "E2")]
    [store.add_images(desk, [new_image(i, Role.CASE)]) for i in range(20)]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert [image.condition for image in store.images(desk)[:2]] == ["label 59", "label 59"]
    acts = store.acts(desk)
    assert len(acts) == 1 + 2 * 60 + 20
    assert len({act.id for act in acts}) == len(acts)
    assert store.verify_audit(desk)
    store.close()


def test_a_new_store_may_be_opened_by_several_processes_at_once(tmp_path):
    writers = [child(OPENING, tmp_path, f"Desk {i}") for i in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    store = Store.open(tmp_path)
    assert {workspace.name for workspace in store.workspaces()} == {f"Desk {i}" for i in range(4)}
    store.close()


def test_many_threads_share_one_store(store, desk, new_image):
    def add_and_read(number):
        [image] = store.add_images(desk, [new_image(number, condition="a")])
        store.relabel(desk, [image.id], "b")
        store.thumbnail(image.id)
        return store.read_image(image.id).source_digest == image.source_digest

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(add_and_read, range(40)))
    images = store.images(desk)
    assert [image.alias for image in images] == [f"E{i}" for i in range(1, 41)]
    assert {image.condition for image in images} == {"b"}
    assert store.verify_audit(desk)


def test_two_threads_that_undo_undo_two_acts(store, desk, examples):
    for number in range(10):
        store.relabel(desk, [examples[0].id], f"label {number}")
    with ThreadPoolExecutor(5) as threads:
        undone = list(threads.map(lambda _: store.undo(desk), range(10)))
    assert len({act.id for act in undone}) == 10
    assert store.images(desk) == examples
