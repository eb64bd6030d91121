"""What is deleted is gone: no file of the home holds a trace of it."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from sessions import heat_map, prediction, save_adaptation
from store_on_disk import home

from medmeta_core.errors import WorkspaceError
from medmeta_core.imaging import MedicalImage
from medmeta_core.workspace import NewImage, RefusalRecord, ResultRecord, Role, Store, VerdictRecord

ROOT = Path(__file__).resolve().parents[2]
SECRETS = [f"planted-{kind}-7f3a" for kind in ("name", "condition", "reason", "comment")]
NAME, CONDITION, REASON, COMMENT = SECRETS
PATIENT = "planted-patient-7f3a"


def planted(number, role=Role.EXAMPLE, *, condition=CONDITION, name=NAME):
    """An image whose bytes are unlike all others."""
    pixels = np.random.default_rng([7, number]).random((3, 40, 50)).astype(np.float32)
    digest = sha256(b"planted %d" % number).hexdigest()
    image = MedicalImage(pixels, "OT", digest, patient_key=PATIENT)
    return NewImage(image, f"{name}-{number}.png", role, condition)


def pictures_of(store, image):
    """Pieces of its bytes and of its thumbnail, and what names them."""
    blob, small = store.blobs.read(image.blob), store.thumbnail(image.id)
    middle = [content[len(content) // 2 :][:24] for content in (blob, small)]
    return [*middle, image.blob.encode(), image.source_digest.encode(), image.id.encode()]


def traces(folder, words):
    """Where any of the words stands: in the bytes of a file, or in its name."""
    matches = []
    for path in Path(folder).rglob("*"):
        content = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        matches += [(path.name, word) for word in words if word in content]
    return matches


def words(*texts):
    return [text.encode() for text in texts]


@pytest.fixture
def crowd(store, desk, new_image):
    """Other rows enough that the database moves its rows from page to page."""
    for batch in range(4):
        store.add_images(desk, [new_image(100 + 10 * batch + i, condition="x") for i in range(10)])
    return [one.id for one in store.images(desk)]


@pytest.fixture
def secret_desk(store, crowd):
    """A workspace in which everything that can be said of an image was said."""
    desk = store.create_workspace(NAME).id
    images = store.add_images(desk, [planted(i) for i in range(30)])
    [case] = store.add_images(desk, [planted(50, Role.CASE, condition=None)])
    store.exclude(desk, [images[0].id], REASON)
    store.relabel(desk, [images[1].id], f"{CONDITION}-2")
    store.add_refusals(desk, [RefusalRecord(NAME, "truncated", "It ends early.")])
    adaptation = save_adaptation(store, desk, store.images(desk, role=Role.EXAMPLE))
    content = prediction(adaptation)
    store.save_result(desk, ResultRecord(case.id, adaptation.id, content, heat_map(), 0.1))
    verdict = VerdictRecord(case.id, adaptation.id, "changed", CONDITION, COMMENT)
    store.save_verdict(desk, verdict)
    return desk


def test_a_deleted_workspace_leaves_no_trace(store, secret_desk, crowd):
    secrets = words(*SECRETS, PATIENT, secret_desk)
    for image in store.images(secret_desk):
        secrets += pictures_of(store, image)
    assert {name for name, _ in traces(home(store), secrets)} > {"medmeta.sqlite"}
    store.delete_workspace(secret_desk)
    assert traces(home(store), secrets) == []
    store.close()
    assert traces(home(store), secrets) == []
    again = Store.open(home(store))
    assert len([image for image in crowd if again.read_image(image)]) == 40
    assert traces(home(store), secrets) == []
    again.close()


def test_an_erased_image_leaves_no_trace_and_the_others_stay(store, desk, crowd, examples):
    images = store.images(desk)
    [example, case] = store.add_images(desk, [planted(1), planted(2, Role.CASE, condition=None)])
    store.exclude(desk, [example.id], REASON)
    store.relabel(desk, [example.id], f"{CONDITION}-2")
    adaptation = save_adaptation(store, desk, examples)
    content = prediction(adaptation)
    store.save_result(desk, ResultRecord(case.id, adaptation.id, content, heat_map(side=9), 0.1))
    store.save_verdict(desk, VerdictRecord(case.id, adaptation.id, "changed", CONDITION, COMMENT))
    store.rename_condition(desk, f"{CONDITION}-2", f"{CONDITION}-3")
    store.condition_numbers(desk)
    secrets = words(*SECRETS, PATIENT, sha256(heat_map(side=9)).hexdigest())
    secrets += [*pictures_of(store, example), *pictures_of(store, case)]
    assert traces(home(store), secrets)
    store.erase(desk, [example.id, case.id])
    assert traces(home(store), secrets) == []
    assert store.images(desk) == images
    assert all(store.read_image(image.id) and store.thumbnail(image.id) for image in images)
    assert store.results(desk) == store.verdicts(desk) == []
    store.close()
    assert traces(home(store), secrets) == []
    Store.open(home(store)).close()
    assert traces(home(store), secrets) == []


@pytest.mark.parametrize("way", ["removed", "undone"])
def test_what_was_removed_or_undone_can_be_erased(store, desk, crowd, way):
    [image] = store.add_images(desk, [planted(1)])
    secrets = [*words(NAME, CONDITION), *pictures_of(store, image)]
    if way == "removed":
        store.remove(desk, [image.id])
    else:
        store.undo(desk)
    assert traces(home(store), secrets)
    store.erase_removed(desk)
    assert traces(home(store), secrets) == []
    assert len(store.images(desk)) == len(crowd)


def test_a_name_that_was_cleared_or_changed_leaves_no_trace(store, desk, crowd):
    store.rename_workspace(desk, NAME)
    store.add_refusals(desk, [RefusalRecord(NAME, "truncated", "It ends early.")])
    store.rename_workspace(desk, "Another")
    store.clear_refusals(desk)
    assert traces(home(store), words(NAME)) == []


def test_a_picture_that_another_image_shares_is_not_erased(store, desk, new_image):
    other = store.create_workspace("Other").id
    [mine], [theirs] = (store.add_images(where, [new_image(1)]) for where in (desk, other))
    store.erase(desk, [mine.id])
    assert store.read_image(theirs.id).height == 9
    assert store.thumbnail(theirs.id)


def test_only_images_of_the_workspace_are_erased_and_all_or_none(store, desk, examples, new_image):
    other = store.create_workspace("Other").id
    [theirs] = store.add_images(other, [new_image(1)])
    with pytest.raises(WorkspaceError) as caught:
        store.erase(desk, [examples[0].id, theirs.id])
    assert caught.value.rule == "unknown-images-to-erase"
    assert store.images(desk) == examples
    assert store.read_image(theirs.id).height == 9


def test_the_log_holds_together_without_what_it_told_of_erased_images(store, desk, examples):
    store.relabel(desk, [examples[0].id], CONDITION)
    store.relabel(desk, [examples[0].id, examples[1].id], "both")
    before = store.audit(desk)
    store.erase(desk, [examples[0].id])
    after = store.audit(desk)
    assert [line.digest for line in after[:-1]] == [line.digest for line in before]
    assert [line.detail for line in after[:-1]] == [
        {} if CONDITION in line.detail.values() else line.detail for line in before
    ]
    assert after[-1].kind == "erase"
    assert store.verify_audit(desk)


def test_an_act_on_erased_images_can_no_longer_be_undone(store, desk, examples):
    store.relabel(desk, [examples[0].id], "normal")
    store.relabel(desk, [examples[0].id, examples[1].id], "other")
    store.erase(desk, [examples[0].id])
    added, relabelled, both = store.acts(desk)
    assert [act.erased for act in (added, relabelled, both)] == [False, True, False]
    assert relabelled.summary == {"aliases": ["E1"], "erased": ["E1"]}
    assert both.summary["erased"] == ["E1"]
    assert store.undo(desk).id == both.id
    assert store.images(desk)[0] == examples[1]
    assert store.undo(desk).id == added.id
    assert store.images(desk) == []
    assert store.undo(desk) is None
    assert [store.redo(desk).id, store.redo(desk).id] == [added.id, both.id]
    assert store.redo(desk) is None


def test_a_patient_is_forgotten_with_the_last_image(store, desk, new_image):
    [one, two] = store.add_images(desk, [new_image(i, patient_key="key") for i in range(2)])
    store.erase(desk, [one.id])
    [again] = store.add_images(desk, [new_image(3, patient_key="key")])
    assert again.patient == two.patient == "P1"
    store.erase(desk, [two.id, again.id])
    [new] = store.add_images(desk, [new_image(4, patient_key="key")])
    assert new.patient == "P2"


def test_a_patient_whom_an_undo_brings_back_is_not_forgotten(store, desk, new_image):
    [one, two] = store.add_images(desk, [new_image(i, patient_key=f"key-{i}") for i in range(2)])
    store.assign_patient(desk, [one.id], None)
    store.erase(desk, [two.id])
    store.undo(desk)
    [again] = store.add_images(desk, [new_image(3, patient_key="key-0")])
    assert again.patient == store.images(desk)[0].patient == "P1"


DYING = """
import os, sys
from pathlib import Path
from medmeta_core.workspace import Store, garbage
from medmeta_core.workspace.workspace_store import WorkspaceStore

store = Store.open(Path(sys.argv[1]))
WorkspaceStore.collect_garbage = lambda _: os.kill(os.getpid(), 9)
store.delete_workspace(sys.argv[2])
"""


def test_an_erasure_cut_short_by_a_crash_is_finished_at_the_next_start(store, secret_desk):
    secrets = words(*SECRETS, PATIENT)
    for image in store.images(secret_desk):
        secrets += pictures_of(store, image)
    store.close()
    command = [sys.executable, "-c", DYING, str(home(store)), secret_desk]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert traces(home(store), secrets)
    Store.open(home(store)).close()
    assert traces(home(store), secrets) == []


ADDING = """
import os, sys
from pathlib import Path
from medmeta_core.workspace import Store, intake
sys.path.insert(0, "tests/workspace")
from test_erasure import planted

intake.enter = lambda *_: os.kill(os.getpid(), 9)
Store.open(Path(sys.argv[1])).add_images(sys.argv[2], [planted(1)])
"""


def test_an_adding_cut_short_by_a_crash_leaves_no_picture_behind(store, desk, examples):
    command = [sys.executable, "-c", ADDING, str(home(store)), desk]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert len(store.blobs.digests()) == 7
    Store.open(home(store)).close()
    assert store.blobs.digests() == {image.blob for image in examples}
    assert store.images(desk) == examples


def test_the_log_of_the_database_is_gone_once_the_store_is_closed(store, desk, examples):
    store.close()
    names = sorted(path.name for path in home(store).iterdir())
    assert names == ["blobs", "log-heads", "medmeta.sqlite"]
