"""A session file carries a workspace whole, and no more of a patient than was asked for."""

import io
import json
import zipfile
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from sessions import packed, state, unpacked

from medmeta_core.errors import SessionFileError, Stopped, WorkspaceError
from medmeta_core.workspace import (
    RefusalRecord,
    Role,
    Store,
    read_session_file,
    session_digest,
    write_session_file,
)


def test_a_workspace_comes_back_whole(store, other_store, full_desk):
    copy = read_session_file(other_store, write_session_file(store, full_desk, with_names=True))
    mine = store.workspace(full_desk)
    assert copy == replace(mine, opened_from=copy.opened_from)
    assert other_store.images(full_desk) == store.images(full_desk)
    assert other_store.adaptations(full_desk) == store.adaptations(full_desk)
    assert other_store.results(full_desk) == store.results(full_desk)
    assert other_store.verdicts(full_desk) == store.verdicts(full_desk)
    assert other_store.refusals(full_desk) == store.refusals(full_desk)
    for image in store.images(full_desk):
        mine, theirs = store.read_image(image.id), other_store.read_image(image.id)
        assert np.array_equal(mine.pixels, theirs.pixels)
        for field in ("modality", "source_digest", "patient_key", "notes", "frame"):
            assert getattr(mine, field) == getattr(theirs, field)
        assert store.thumbnail(image.id) == other_store.thumbnail(image.id)


def test_a_file_of_version_1_opens_and_what_its_verdicts_classified_is_unknown(
    store, other_store, full_desk
):
    manifest, blobs = unpacked(write_session_file(store, full_desk))
    manifest["version"] = 1
    for row in manifest["verdicts"]:
        for name in ("outcome", "condition", "probability", "thresholds"):
            del row[f"answer_{name}"]
    without_facts(manifest)
    read_session_file(other_store, packed(manifest, blobs))
    expected = [replace(verdict, answer=None) for verdict in store.verdicts(full_desk)]
    assert other_store.verdicts(full_desk) == expected


def test_a_file_of_version_2_opens_and_shows_its_refusals_as_they_were_worded(
    store, other_store, full_desk
):
    refusal = RefusalRecord("a.dcm", "too-many-frames", "As told then.", {"found": 9, "limit": 5})
    plain = RefusalRecord("b.dcm", "truncated", "Ended early.", {})
    store.add_refusals(full_desk, [refusal, plain])
    manifest, blobs = unpacked(write_session_file(store, full_desk))
    manifest["version"] = 2
    without_facts(manifest)
    read_session_file(other_store, packed(manifest, blobs))
    for at, expected in (
        (store, "文件有 9 帧，一次最多读取 5 帧。"),
        (other_store, "As told then."),
    ):
        *_, first, last = at.refusals(full_desk)
        assert first.message_in("zh") == expected
        assert last.message_in("zh") == "文件不完整，像素数据中途截断。请重新复制或导出。"
    assert first.message_in("en") == "As told then." and last.message_in("en") == "Ended early."


def without_facts(manifest):
    for row in manifest["refusals"]:
        del row["facts"]


def test_facts_of_a_refusal_that_could_be_a_name_are_refused(store, other_store, full_desk):
    for facts in ({"found": "Doe^Jane"}, {"object": "Doe Jane"}, ["Doe"]):
        manifest, blobs = unpacked(write_session_file(store, full_desk))
        manifest["refusals"][0]["facts"] = facts
        with pytest.raises(SessionFileError) as caught:
            read_session_file(other_store, packed(manifest, blobs))
        assert caught.value.rule == "field-type" and "Doe" not in str(caught.value)


def test_the_log_goes_along_and_tells_of_the_journey(store, other_store, full_desk):
    content = write_session_file(store, full_desk).read()
    read_session_file(other_store, content)
    *before, last = other_store.audit(full_desk)
    assert before == store.audit(full_desk)
    assert last.kind == "read-session-file"
    assert last.detail == {"session_digest": sha256(content).hexdigest()}
    assert other_store.verify_audit(full_desk)


def test_the_same_state_gives_the_same_bytes(store, other_store, full_desk):
    content = write_session_file(store, full_desk).read()
    assert write_session_file(store, full_desk).read() == content
    assert session_digest(io.BytesIO(content)) == sha256(content).hexdigest()
    read_session_file(other_store, content)
    manifest, blobs = unpacked(write_session_file(other_store, full_desk))
    expected, expected_blobs = unpacked(content)
    assert blobs == expected_blobs
    assert manifest["audit"].pop()["kind"] == "read-session-file"
    manifest["workspace"]["audit_head"] = expected["workspace"]["audit_head"]
    manifest["workspace"]["n_entries"] -= 1
    assert manifest == expected


def test_names_and_what_recognises_a_patient_stay_here_unless_requested(store, full_desk):
    shared = write_session_file(store, full_desk).read()
    content = write_session_file(store, full_desk, with_names=True).read()
    secret = store.workspace(full_desk).patient_key_secret.hex().encode()
    for word in (b"scan-", b"Doe_Jane", secret):
        assert word not in shared
        assert word in content
    assert all(row["patient_key"] is None for row in unpacked(shared)[0]["patients"])
    assert [row["name"] for row in unpacked(shared)[0]["images"]][:2] == ["E1", "E2"]
    for word in (b"Roe^Jane", b"key-"):
        assert word not in content


def test_a_removed_image_does_not_travel(store, other_store, full_desk, examples):
    content = write_session_file(store, full_desk).read()
    assert f"blobs/{examples[5].blob}".encode() not in content
    read_session_file(other_store, content)
    assert len(other_store.images(full_desk)) == len(store.images(full_desk)) == 6
    assert other_store.acts(full_desk) == []
    assert other_store.undo(full_desk) is None


def test_patients_are_recognised_only_where_their_key_went_along(
    store, other_store, full_desk, new_image, tmp_path
):
    read_session_file(other_store, write_session_file(store, full_desk))
    [again] = other_store.add_images(full_desk, [new_image(30, patient_key="key-0")])
    assert again.patient == "P5"
    backup = Store.open(tmp_path / "backup")
    read_session_file(backup, write_session_file(store, full_desk, with_names=True))
    [again] = backup.add_images(full_desk, [new_image(30, patient_key="key-0")])
    assert again.patient == "P1"
    backup.close()


def test_work_goes_on_where_it_was_left(store, other_store, full_desk, new_image):
    read_session_file(other_store, write_session_file(store, full_desk))
    [image] = other_store.add_images(full_desk, [new_image(30)])
    assert image.alias == "E7"
    other_store.relabel(full_desk, [image.id], "benign")
    other_store.undo(full_desk)
    other_store.undo(full_desk)
    assert len(other_store.images(full_desk)) == 6
    assert other_store.verify_audit(full_desk)


def test_a_second_copy_gets_ids_of_its_own(store, full_desk):
    copy = read_session_file(store, write_session_file(store, full_desk))
    assert copy.id != full_desk
    mine, theirs = store.images(full_desk), store.images(copy.id)
    assert not {image.id for image in mine} & {image.id for image in theirs}
    assert [image.alias for image in mine] == [image.alias for image in theirs]
    [adaptation] = store.adaptations(copy.id)
    examples = [image.id for image in theirs if image.role is Role.EXAMPLE]
    assert list(adaptation.image_ids[:-1]) == examples
    assert copy.settings["preferences"]["adaptation_id"] == adaptation.id
    assert {result.adaptation_id for result in store.results(copy.id)} == {adaptation.id}
    assert len(store.verdicts(copy.id)) == 2
    assert store.verify_audit(copy.id)
    store.delete_workspace(copy.id)
    assert store.read_image(mine[0].id).height == 9


def test_an_empty_workspace_is_a_session_too(store, other_store, desk):
    assert (
        read_session_file(other_store, write_session_file(store, desk)).name == "Rare eye disease"
    )


def test_an_altered_blob_is_not_written_into_a_session_file(store, full_desk):
    next(store.blobs._folder.iterdir()).write_bytes(b"altered")
    with pytest.raises(WorkspaceError) as caught:
        write_session_file(store, full_desk)
    assert caught.value.rule == "blob-altered"


def test_the_reading_can_be_stopped_and_then_nothing_is_stored(other_store, sealed):
    steps = []

    def stop_at_the_third(fraction, label):
        steps.append((fraction, label))
        if len(steps) == 3:
            raise Stopped

    with pytest.raises(Stopped):
        read_session_file(other_store, sealed, progress=stop_at_the_third)
    assert steps == [(0, "E1"), (1 / 6, "E2"), (2 / 6, "E3")]
    assert state(other_store) == ([], [])


def test_any_zip_program_can_look_inside(sealed):
    with zipfile.ZipFile(io.BytesIO(sealed)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["format"] == "medmeta-session"
    assert manifest["workspace"]["name"] == "Rare eye disease"
