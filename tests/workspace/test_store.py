import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import (
    CONFLICT_NOTE,
    DUPLICATE_NOTE,
    AdaptationRecord,
    RefusalRecord,
    ResultRecord,
    Role,
    Store,
    VerdictRecord,
    intake,
)

ADAPTATION = AdaptationRecord("prototypical", "interim", {"k": 5}, (), (), {"accuracy": 0.5}, 0.25)


def home(store):
    return Path(store.blobs._folder).parent


def altering(store, statement):
    with closing(sqlite3.connect(home(store) / "medmeta.sqlite")) as connection:
        connection.execute(statement)
        connection.commit()


def test_what_was_stored_is_there_after_a_restart(store, desk, examples):
    again = Store.open(home(store))
    assert again.images(desk) == examples
    assert again.workspace(desk) == store.workspace(desk)
    again.close()


def test_images_come_in_order_of_entry_with_their_aliases(store, desk, new_image):
    store.add_images(desk, [new_image(1), new_image(2, Role.CASE)])
    store.add_images(desk, [new_image(3, Role.CASE), new_image(4)])
    assert [image.alias for image in store.images(desk)] == ["E1", "C1", "C2", "E2"]
    assert [image.alias for image in store.images(desk, role=Role.CASE)] == ["C1", "C2"]


def test_an_alias_is_never_given_twice(store, desk, new_image):
    [first] = store.add_images(desk, [new_image(1)])
    store.remove(desk, [first.id])
    [second] = store.add_images(desk, [new_image(2)])
    assert (first.alias, second.alias) == ("E1", "E2")


def test_an_image_is_read_as_it_was_given(store, desk, new_image):
    new = new_image(1, condition=" benign ", patient_key="key")
    [stored] = store.add_images(desk, [new])
    image = store.read_image(stored.id)
    assert np.array_equal(image.pixels, new.image.pixels)
    assert (image.modality, image.notes) == ("OT", ("lossy-compression",))
    assert image.source_digest == new.image.source_digest == stored.source_digest
    assert image.patient_key == stored.patient == "P1"
    assert (stored.height, stored.width, stored.condition) == (9, 11, "benign")


def test_a_shared_image_cannot_be_written_to(store, examples):
    with pytest.raises(ValueError, match="read-only"):
        store.read_image(examples[0].id).pixels[0, 0, 0] = 1


def test_a_thumbnail_is_a_webp(store, examples):
    content = store.thumbnail(examples[0].id)
    assert content[:4] == b"RIFF"
    assert content[8:12] == b"WEBP"


def test_the_same_frame_is_stored_once_per_role(store, desk, new_image):
    first, twin = store.add_images(desk, [new_image(1, condition="a"), new_image(1)])
    assert twin.id == first.id
    assert twin.notes == (*first.notes, DUPLICATE_NOTE)
    [case] = store.add_images(desk, [new_image(1, Role.CASE)])
    assert case.id != first.id
    other_frame = new_image(1)
    other_frame = replace(other_frame, image=replace(other_frame.image, frame=1, n_frames=2))
    [frame] = store.add_images(desk, [other_frame])
    assert frame.id not in (first.id, case.id)
    assert len(store.images(desk)) == 3


def test_one_picture_under_two_conditions_is_told(store, desk, new_image):
    store.add_images(desk, [new_image(1, condition="benign")])
    [there] = store.add_images(desk, [new_image(1, condition="malign")])
    assert there.condition == "benign"
    assert there.notes[-2:] == (DUPLICATE_NOTE, CONFLICT_NOTE)


def test_adding_nothing_new_leaves_no_act_to_undo(store, desk, new_image):
    store.add_images(desk, [new_image(1)])
    store.add_images(desk, [new_image(1)])
    assert [act.kind for act in store.acts(desk)] == ["add"]


def test_patients_are_numbered_within_a_workspace(store, desk, examples, new_image):
    assert [image.patient for image in examples] == ["P1", "P1", "P2", "P2", "P3", "P3"]
    more = [new_image(10, patient_key="key-0"), new_image(11, patient="ward 7"), new_image(12)]
    assert [i.patient for i in store.add_images(desk, more)] == ["P1", "P4", None]
    other = store.create_workspace("Other").id
    [stored] = store.add_images(other, [new_image(10, patient_key="key-2")])
    assert stored.patient == "P1"


def test_a_word_that_looks_like_a_pseudonym_is_not_taken_for_one(store, desk, new_image):
    new = [new_image(1, patient="P2"), new_image(2, patient="P1"), new_image(3, patient="P2")]
    assert [image.patient for image in store.add_images(desk, new)] == ["P1", "P2", "P1"]


def test_what_names_a_patient_is_nowhere_on_disk(store, desk, new_image):
    store.add_images(desk, [new_image(1, patient_key="KEY-4711"), new_image(2, patient="Doe^J")])
    [image, _] = store.images(desk)
    store.assign_patient(desk, [image.id], "Roe^Jane")
    store.close()
    files = [path for path in home(store).rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        content = path.read_bytes()
        assert not any(word in content for word in (b"KEY-4711", b"Doe^J", b"Roe^Jane"))


def test_a_store_is_for_its_owner_alone(store):
    assert (home(store) / "blobs").stat().st_mode & 0o077 == 0


def test_an_altered_blob_is_told_not_shown(store, desk, examples):
    path = home(store) / "blobs" / examples[0].blob
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WorkspaceError) as caught:
        store.read_image(examples[0].id)
    assert caught.value.rule == "blob-altered"
    store.read_image(examples[1].id)


def test_an_altered_blob_is_mended_when_the_image_comes_again(store, desk, examples, new_image):
    path = home(store) / "blobs" / examples[0].blob
    path.write_bytes(b"altered")
    store.add_images(desk, [new_image(0)])
    assert store.read_image(examples[0].id).height == 9


def test_a_missing_blob_is_told(store, examples):
    (home(store) / "blobs" / examples[0].blob).unlink()
    with pytest.raises(WorkspaceError) as caught:
        store.read_image(examples[0].id)
    assert caught.value.rule == "blob-missing"


def test_an_altered_thumbnail_is_told_not_shown(store, examples):
    altering(store, "UPDATE pictures SET content = x'00'")
    with pytest.raises(WorkspaceError) as caught:
        store.thumbnail(examples[0].id)
    assert caught.value.rule == "blob-altered"


def test_where_the_disk_refuses_the_blobs_no_row_is_written(store, desk, new_image):
    blobs = home(store) / "blobs"
    blobs.rmdir()
    blobs.write_bytes(b"a file where the folder was")
    with pytest.raises(WorkspaceError) as caught:
        store.add_images(desk, [new_image(1)])
    assert caught.value.rule == "disk-refuses"
    assert store.images(desk) == []


def test_garbage_is_what_no_row_names(store, desk, examples):
    store.remove(desk, [examples[0].id])  # undo may bring it back
    [orphan] = store.blobs.write([b"orphan"])
    unfinished = home(store) / "blobs" / "x.part"
    unfinished.write_bytes(b"its writer died long ago")
    altering(store, "INSERT INTO pictures VALUES ('orphan', x'00')")
    os.utime(unfinished, (0, 0))
    assert store.collect_garbage() == 2
    assert not unfinished.exists()
    assert not store.blobs.holds(orphan)
    store.undo(desk)
    assert store.read_image(examples[0].id).height == 9
    assert store.thumbnail(examples[0].id)


def test_an_unfinished_blob_of_another_process_is_left_alone(store):
    unfinished = home(store) / "blobs" / "x.part"
    unfinished.write_bytes(b"being written")
    store.collect_garbage()
    assert unfinished.exists()


def test_a_blob_collected_before_its_row_is_written_again(store, desk, new_image, monkeypatch):
    prepare = intake.prepare

    def prepare_and_collect(blobs, new):
        prepared = prepare(blobs, new)
        assert store.collect_garbage() == 1
        return prepared

    monkeypatch.setattr(intake, "prepare", prepare_and_collect)
    [stored] = store.add_images(desk, [new_image(1)])
    assert store.read_image(stored.id).height == 9


def test_a_deleted_workspace_leaves_nothing_but_what_others_share(store, desk, new_image):
    other = store.create_workspace("Other").id
    [shared] = store.add_images(other, [new_image(1)])
    store.add_images(desk, [new_image(1), new_image(2)])
    store.save_adaptation(desk, ADAPTATION)
    store.delete_workspace(desk)
    assert [path.name for path in (home(store) / "blobs").iterdir()] == [shared.blob]
    assert store.read_image(shared.id).height == 9
    assert [workspace.id for workspace in store.workspaces()] == [other]
    with pytest.raises(WorkspaceError) as caught:
        store.workspace(desk)
    assert caught.value.rule == "unknown-workspace"


def test_workspaces_are_named_and_keep_their_settings(store, desk):
    store.rename_workspace(desk, " Second name ")
    store.change_settings(desk, lambda _: {"method": "maml", "threshold": 0.5, "none": None})
    workspace = store.workspace(desk)
    assert workspace.name == "Second name"
    assert workspace.settings == {"method": "maml", "threshold": 0.5, "none": None}
    assert len(workspace.patient_key_secret) == 32
    assert "secret" not in repr(workspace)
    assert store.create_workspace("Demo", is_demo=True).is_demo


def test_of_settings_changed_at_once_none_is_lost(store, desk):
    def keep(k):
        store.change_settings(desk, lambda before: {**before, f"setting {k}": k})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(keep, range(24)))
    assert store.workspace(desk).settings == {f"setting {k}": k for k in range(24)}


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 200])
def test_a_name_is_one_line_that_says_something(store, desk, name):
    with pytest.raises(WorkspaceError):
        store.rename_workspace(desk, name)
    with pytest.raises(WorkspaceError):
        store.create_workspace(name)


def test_adaptations_come_newest_last(store, desk, examples):
    record = replace(ADAPTATION, image_ids=(examples[0].id,), labels=("benign",))
    first = store.save_adaptation(desk, record)
    second = store.save_adaptation(desk, replace(record, method="maml"))
    assert store.adaptations(desk) == [first, second]
    assert store.adaptation(second.id) == second
    assert replace(first, id="", created=None) == record
    assert first.created.utcoffset() is not None


def test_a_later_result_takes_the_place_of_an_earlier_one(store, desk, examples):
    adaptation = store.save_adaptation(desk, ADAPTATION)
    other = store.save_adaptation(desk, ADAPTATION)
    record = ResultRecord(examples[0].id, adaptation.id, {"p": [0.25, None]}, b"map", 0.1)
    store.save_result(desk, record)
    second = store.save_result(desk, replace(record, heat_map=None))
    third = store.save_result(desk, replace(record, adaptation_id=other.id))
    assert store.results(desk) == [second, third]
    assert store.results(desk, other.id) == [third]
    assert third.heat_map == b"map"


def test_an_altered_heat_map_is_told_not_shown(store, desk, examples):
    adaptation = store.save_adaptation(desk, ADAPTATION)
    store.save_result(desk, ResultRecord(examples[0].id, adaptation.id, {}, b"map", 0.1))
    altering(store, "UPDATE pictures SET content = x'00'")
    with pytest.raises(WorkspaceError) as caught:
        store.results(desk)
    assert caught.value.rule == "blob-altered"


def test_all_verdicts_are_kept_in_order(store, desk, examples):
    before = VerdictRecord(examples[0].id, None, "before-reveal", "benign")
    store.save_verdict(desk, before)
    adaptation = store.save_adaptation(desk, ADAPTATION)
    record = VerdictRecord(
        examples[0].id, adaptation.id, "changed", "malign", comment="see margin", operator="BK"
    )
    kept = store.save_verdict(desk, record)
    assert [verdict.decision for verdict in store.verdicts(desk)] == ["before-reveal", "changed"]
    assert store.verdicts(desk)[1] == kept


def test_what_is_said_of_a_removed_image_comes_back_with_it(store, desk, examples):
    adaptation = store.save_adaptation(desk, ADAPTATION)
    store.save_result(desk, ResultRecord(examples[0].id, adaptation.id, {}, None, 0.1))
    store.save_verdict(desk, VerdictRecord(examples[0].id, adaptation.id, "accept"))
    store.remove(desk, [examples[0].id])
    assert (store.results(desk), store.verdicts(desk)) == ([], [])
    store.undo(desk)
    assert len(store.results(desk)) == len(store.verdicts(desk)) == 1


def test_refusals_are_kept_until_cleared(store, desk):
    store.add_refusals(desk, [RefusalRecord("scan.dcm", "pixels", "It has no pixels.")])
    store.add_refusals(desk, [RefusalRecord("b", "frames", "Too many frames.")])
    assert [refusal.rule for refusal in store.refusals(desk)] == ["pixels", "frames"]
    assert store.refusals(desk)[0].name == "scan.dcm"
    store.clear_refusals(desk)
    assert store.refusals(desk) == []


def test_what_is_not_there_is_told(store, desk, examples, new_image):
    adaptation = store.save_adaptation(desk, ADAPTATION)
    other = store.create_workspace("Other").id
    elsewhere = store.add_images(other, [new_image(1)])[0].id
    for act in (
        lambda: store.relabel(desk, [elsewhere], "x"),
        lambda: store.read_image("unknown"),
        lambda: store.thumbnail("unknown"),
        lambda: store.adaptation("unknown"),
        lambda: store.rename_condition(desk, "unknown", "x"),
        lambda: store.save_result(other, ResultRecord(elsewhere, adaptation.id, {}, None, 0)),
        lambda: store.save_result(desk, ResultRecord(elsewhere, adaptation.id, {}, None, 0)),
        lambda: store.save_verdict(desk, VerdictRecord(examples[0].id, "unknown", "accept")),
        lambda: store.audit_head("unknown"),
        lambda: store.add_images("unknown", []),
    ):
        with pytest.raises(WorkspaceError) as caught:
            act()
        assert caught.value.rule.startswith("unknown-")


def test_what_is_not_plain_json_is_our_own_fault(store, desk):
    for figures in ({"accuracy": float("nan")}, {"pixels": np.zeros(1)}):
        with pytest.raises(ValueError, match="plain JSON"):
            store.save_adaptation(desk, replace(ADAPTATION, figures=figures))
    assert store.adaptations(desk) == []


def test_an_unknown_decision_is_our_own_fault(store, desk, examples):
    with pytest.raises(ValueError, match="decision"):
        store.save_verdict(desk, VerdictRecord(examples[0].id, None, "diagnosed"))


def test_a_store_of_another_schema_is_refused(store):
    altering(store, "UPDATE medmeta_schema SET version = 99")
    with pytest.raises(WorkspaceError, match="found 99") as caught:
        Store.open(home(store))
    assert caught.value.rule == "schema-version"


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "medmeta.sqlite").write_bytes(b"not a database, by any means" * 100)
    with pytest.raises(WorkspaceError) as caught:
        Store.open(tmp_path)
    assert caught.value.rule == "store-unavailable"


@pytest.mark.parametrize("url", ["nonsense", "unknown-database://host/name"])
def test_an_address_that_is_not_understood_is_told(tmp_path, url):
    with pytest.raises(WorkspaceError) as caught:
        Store.open(tmp_path, url)
    assert caught.value.rule == "database-url"


def test_the_store_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("MEDMETA_HOME", raising=False)
    Store.open().close()
    assert (tmp_path / "xdg" / "medmeta" / "medmeta.sqlite").is_file()
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path / "own"))
    Store.open().close()
    assert (tmp_path / "own" / "medmeta.sqlite").is_file()


def test_a_gallery_of_300_is_read_within_one_frame_of_the_eye(store, desk, new_image):
    begun = time.perf_counter()
    stored = store.add_images(desk, [new_image(i) for i in range(300)])
    assert time.perf_counter() - begun < 10
    assert fastest(lambda: store.images(desk)) < 0.02
    assert fastest(lambda: store.thumbnail(stored[-1].id)) < 0.001


def fastest(read, n=20):
    seconds = []
    for _ in range(n):
        begun = time.perf_counter()
        read()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)
