import io
import json
import random
import warnings
import zipfile
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image

from medmeta_core.errors import SessionFileError, Stopped, WorkspaceError
from medmeta_core.workspace import (
    AdaptationRecord,
    RefusalRecord,
    ResultRecord,
    Role,
    Store,
    VerdictRecord,
    audit_log,
    read_session_file,
    session_digest,
    session_zip,
    write_session_file,
)
from medmeta_core.workspace.session_zip import pack, unpack


def heat_map(mode="L", side=7):
    buffer = io.BytesIO()
    Image.new(mode, (side, side), 128).save(buffer, "PNG")
    return buffer.getvalue()


def fill(store, desk, examples, new_image):
    """Something of every kind, among it a removed image."""
    [case] = store.add_images(desk, [new_image(20, Role.CASE, patient="Roe^Jane")])
    store.exclude(desk, [examples[0].id], "blurred")
    store.relabel(desk, [examples[1].id], "Névus")
    store.assign_patient(desk, [examples[2].id], None)
    store.remove(desk, [examples[5].id])
    kept = store.images(desk, role=Role.EXAMPLE)
    adaptation = store.save_adaptation(
        desk,
        AdaptationRecord(
            "maml",
            "interim",
            {"steps": 5},
            tuple(image.id for image in (*kept, examples[5])),
            tuple(image.condition or "" for image in (*kept, examples[5])),
            {"recall": [["benign", 1, 2, [0.1, 0.9]]], "none": None},
            0.75,
        ),
    )
    store.save_result(desk, ResultRecord(case.id, adaptation.id, {"p": 0.5}, heat_map(), 0.5))
    store.save_result(desk, ResultRecord(kept[0].id, adaptation.id, {"p": 0.25}, None, 0.5))
    store.save_verdict(desk, VerdictRecord(case.id, None, "before-reveal", "benign"))
    store.save_verdict(desk, VerdictRecord(case.id, adaptation.id, "unsure", comment="margin"))
    store.add_refusals(desk, [RefusalRecord("Doe_Jane.dcm", "pixels", "It has no pixels.")])
    settings = {"adaptation": adaptation.id, "shown": [case.id], "opacity": 0.5}
    store.change_settings(desk, lambda _: settings)


@pytest.fixture
def full_desk(store, desk, examples, new_image):
    """A workspace with something of every kind, among it a removed image."""
    fill(store, desk, examples, new_image)
    return desk


@pytest.fixture(scope="module")
def content(tmp_path_factory, new_image, add_examples):
    """A session file of such a workspace."""
    store = Store.open(tmp_path_factory.mktemp("writer"))
    desk = store.create_workspace("Rare eye disease").id
    fill(store, desk, add_examples(store, desk), new_image)
    yield write_session_file(store, desk)
    store.close()


@pytest.fixture
def other_store(tmp_path):
    opened = Store.open(tmp_path / "elsewhere")
    yield opened
    opened.close()


def state(store):
    """All that is in a store."""
    blobs = sorted(path.name for path in store.blobs._folder.iterdir())
    return blobs, [(one, store.images(one.id)) for one in store.workspaces()]


def altered(content, alter):
    """The file with its manifest and blobs altered, and sealed anew as if by an adversary."""
    manifest, blobs = unpack(content)
    alter(manifest, blobs)
    manifest["blobs"] = {digest: len(blob) for digest, blob in blobs.items()}
    return pack(manifest, blobs)


def resealed(content):
    return content[:-64] + sha256(content[:-64]).hexdigest().encode()


def test_a_workspace_comes_back_whole(store, other_store, full_desk):
    there = read_session_file(other_store, write_session_file(store, full_desk, with_names=True))
    assert there == store.workspace(full_desk)
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


def test_the_log_goes_along_and_tells_of_the_journey(store, other_store, full_desk):
    content = write_session_file(store, full_desk)
    read_session_file(other_store, content)
    *before, last = other_store.audit(full_desk)
    assert before == store.audit(full_desk)
    assert last.kind == "read-session-file"
    assert last.detail == {"session_digest": session_digest(content)}
    assert other_store.verify_audit(full_desk)


def test_the_same_state_gives_the_same_bytes(store, other_store, full_desk):
    content = write_session_file(store, full_desk)
    assert write_session_file(store, full_desk) == content
    assert session_digest(content) == sha256(content).hexdigest()
    read_session_file(other_store, content)
    manifest, blobs = unpack(write_session_file(other_store, full_desk))
    expected, expected_blobs = unpack(content)
    assert blobs == expected_blobs
    assert manifest["audit"].pop()["kind"] == "read-session-file"
    manifest["workspace"]["audit_head"] = expected["workspace"]["audit_head"]
    manifest["workspace"]["n_entries"] -= 1
    assert manifest == expected


def test_names_and_what_recognises_a_patient_stay_here_unless_asked_for(store, full_desk):
    shared = write_session_file(store, full_desk)
    own = write_session_file(store, full_desk, with_names=True)
    secret = store.workspace(full_desk).patient_key_secret.hex().encode()
    for word in (b"scan-", b"Doe_Jane", secret):
        assert word not in shared
        assert word in own
    assert all(row["patient_key"] is None for row in unpack(shared)[0]["patients"])
    assert [row["name"] for row in unpack(shared)[0]["images"]][:2] == ["E1", "E2"]
    for word in (b"Roe^Jane", b"key-"):
        assert word not in own


def test_a_removed_image_does_not_travel(store, other_store, full_desk, examples):
    content = write_session_file(store, full_desk)
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
    assert copy.settings["adaptation"] == adaptation.id
    assert copy.settings["shown"] == [theirs[-1].id]
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


def test_a_bit_flipped_anywhere_is_found_and_changes_nothing(other_store, content):
    generator = random.Random(0)
    places = [*range(60), *range(len(content) - 400, len(content))]
    places += [generator.randrange(len(content)) for _ in range(400)]
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << generator.randrange(8)
        with pytest.raises(SessionFileError) as caught:
            read_session_file(other_store, bytes(flipped))
        assert caught.value.rule in ("seal", "zip")
    assert state(other_store) == ([], [])


def test_a_bit_flipped_and_sealed_anew_is_told_or_harmless(other_store, content):
    """The seal can be forged; what is behind it must then be told by a rule, never crash."""
    generator = random.Random(1)
    for _ in range(300):
        flipped = bytearray(content)
        flipped[generator.randrange(len(content) - 64)] ^= 1 << generator.randrange(8)
        try:
            there = read_session_file(other_store, resealed(bytes(flipped)))
        except SessionFileError as error:
            assert error.rule
        else:
            assert other_store.verify_audit(there.id)
            other_store.delete_workspace(there.id)
    assert state(other_store) == ([], [])


def test_a_file_cut_short_or_made_longer_is_found(other_store, content):
    cuts = [0, 1, 4, 64, 65, 100, len(content) // 2, len(content) - 64, len(content) - 1]
    for wrong in (*(content[:cut] for cut in cuts), content + b"x", b"x" + content, content * 2):
        with pytest.raises(SessionFileError):
            read_session_file(other_store, wrong)
    assert state(other_store) == ([], [])


def image_row(field, value):
    return lambda manifest, blobs: manifest["images"][0].update({field: value})


def row(table, field, value):
    return lambda manifest, blobs: manifest[table][0].update({field: value})


def workspace_row(field, value):
    return lambda manifest, blobs: manifest["workspace"].update({field: value})


def with_blob(content):
    """Puts other bytes in the place of the first image's, with the right digest."""

    def alter(manifest, blobs):
        old = manifest["images"][0]["blob"]
        blobs.pop(old)
        digest = manifest["images"][0]["blob"] = sha256(content).hexdigest()
        blobs[digest] = content

    return alter


def with_heat_map(content):
    def alter(manifest, blobs):
        blobs.pop(manifest["results"][0]["heat_map"])
        digest = manifest["results"][0]["heat_map"] = sha256(content).hexdigest()
        blobs[digest] = content

    return alter


def twice(table):
    return lambda manifest, blobs: manifest[table].append(dict(manifest[table][0]))


def with_forged_log(manifest, blobs):
    manifest["audit"][0]["kind"] = "include"


def with_log_cut(manifest, blobs):
    manifest["workspace"]["audit_head"] = audit_log.FIRST


def images_swapped(manifest, blobs):
    manifest["images"].reverse()


def ids_of_two(manifest, blobs):
    manifest["images"][0]["id"] = manifest["images"][1]["id"]


@pytest.mark.parametrize(
    ("rule", "alter"),
    [
        ("format", lambda manifest, blobs: manifest.pop("format")),
        ("version", lambda manifest, blobs: manifest.update(version=2)),
        ("version", lambda manifest, blobs: manifest.update(version="1")),
        ("manifest-fields", lambda manifest, blobs: manifest.update(extra=1)),
        ("manifest-fields", lambda manifest, blobs: manifest.pop("results")),
        ("field-type", lambda manifest, blobs: manifest.update(images={})),
        ("field-type", lambda manifest, blobs: manifest.update(workspace=[])),
        ("field-type", lambda manifest, blobs: manifest["images"].append("row")),
        ("field-type", image_row("extra", 1)),
        ("field-type", image_row("id", None)),
        ("field-type", image_row("id", "x" * 33)),
        ("field-type", image_row("role", "exampel")),
        ("field-type", image_row("role", [])),
        ("field-type", image_row("excluded", 1)),
        ("field-type", image_row("height", 9.0)),
        ("field-type", image_row("height", -1)),
        ("field-type", image_row("height", True)),
        ("field-type", image_row("height", 10**400)),
        ("field-type", image_row("notes", "lossy")),
        ("field-type", image_row("notes", [1])),
        ("field-type", image_row("created", "yesterday")),
        ("field-type", image_row("created", "2026-01-01T00:00:00.000000")),
        ("field-type", image_row("created", 5)),
        ("field-type", image_row("exclusion_reason", "x" * 100_001)),
        ("field-type", row("adaptations", "seconds", "fast")),
        ("field-type", row("adaptations", "figures", [])),
        ("field-type", row("adaptations", "image_ids", None)),
        ("field-type", row("results", "prediction", "benign")),
        ("field-type", workspace_row("settings", [])),
        ("field-type", workspace_row("patient_key_secret", "00")),
        ("field-type", workspace_row("n_entries", 2**31)),
        ("condition-name", image_row("condition", "a\nb")),
        ("condition-name", image_row("condition", "")),
        ("names", image_row("condition", " benign")),
        ("workspace-name", workspace_row("name", "")),
        ("decision", row("verdicts", "decision", "diagnosed")),
        ("entries-numbered", workspace_row("n_entries", 1)),
        ("entries-numbered", twice("images")),
        ("entries-numbered", twice("audit")),
        ("entries-numbered", images_swapped),
        ("aliases", image_row("alias", "E2")),
        ("aliases", image_row("alias", "E99")),
        ("aliases", image_row("alias", "C1")),
        ("aliases", image_row("alias", "Jane Doe")),
        ("aliases", workspace_row("n_examples_named", 1)),
        ("aliases", row("patients", "pseudonym", "Jane")),
        ("ids", ids_of_two),
        ("ids", image_row("id", "../../etc/passwd")),
        ("references", row("results", "image_id", "0" * 32)),
        ("references", row("results", "adaptation_id", "0" * 32)),
        ("references", row("verdicts", "image_id", "0" * 32)),
        ("references", image_row("patient", "P77")),
        ("references", row("adaptations", "labels", [])),
        ("audit", with_forged_log),
        ("audit", with_log_cut),
        ("audit", lambda manifest, blobs: manifest["audit"].pop()),
        ("blob-list", image_row("blob", "0" * 64)),
        ("blob-list", image_row("blob", "../../etc/passwd")),
        ("blob-list", lambda manifest, blobs: blobs.popitem()),
        ("blob-list", lambda manifest, blobs: blobs.update({sha256(b"x").hexdigest(): b"x"})),
        ("blob-digest", lambda manifest, blobs: blobs.update({"0" * 64: b"x"})),
        ("image", with_blob(b"")),
        ("image", with_blob(b"not an image")),
        ("image", with_blob(heat_map())),
        ("image", image_row("height", 10)),
        ("image", image_row("width", 9)),
        ("image", image_row("modality", "CT")),
        ("image", image_row("n_frames", 5)),
        ("heat-map", with_heat_map(b"")),
        ("heat-map", with_heat_map(b"<svg onload='alert(1)'/>")),
        ("heat-map", with_heat_map(heat_map("RGB"))),
        ("heat-map", with_heat_map(heat_map("1", 5000))),
    ],
)
def test_an_altered_session_is_refused_by_the_name_of_the_rule(other_store, content, rule, alter):
    with pytest.raises(SessionFileError) as caught:
        read_session_file(other_store, altered(content, alter))
    assert caught.value.rule == rule
    assert str(caught.value).startswith("The session file was not opened: ")
    assert state(other_store) == ([], [])


def zipped(entries, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as archive:
        warnings.simplefilter("ignore")  # a name that is there twice
        for name, content in entries:
            archive.writestr(name, content)
        archive.comment = b"0" * 64
    return resealed(buffer.getvalue())


BOMB = [("manifest.json", b" " * 5_000_000)]


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("zip", b""),
        ("zip", b"PK\x03\x04"),
        ("zip", b"not a zip" * 100),
        ("seal", b"PK\x03\x04" + b"0" * 200),
        ("zip", resealed(b"PK\x03\x04" + b"0" * 200)),
        ("entry-names", zipped([("x.txt", b"")])),
        ("entry-names", zipped([("manifest.json", b"{}"), ("../evil", b"")])),
        ("entry-names", zipped([("manifest.json", b"{}"), ("blobs/short", b"")])),
        ("entry-names", zipped([("manifest.json", b"{}"), ("manifest.json", b"{}")])),
        ("entry-stored", zipped(BOMB, zipfile.ZIP_DEFLATED)),
        ("entry-stored", zipped(BOMB, zipfile.ZIP_LZMA)),
        ("manifest-json", zipped([("manifest.json", b"")])),
        ("manifest-json", zipped([("manifest.json", b"\xff")])),
        ("manifest-json", zipped([("manifest.json", b"[]")])),
        ("manifest-json", zipped([("manifest.json", b'{"version": 1}')])),
        ("manifest-json", zipped([("manifest.json", b'{"a":1,"a":1}')])),
        ("manifest-json", zipped([("manifest.json", b'{"a":NaN}')])),
        ("manifest-json", zipped([("manifest.json", b"[" * 100_000)])),
        ("manifest-json", zipped([("manifest.json", b'{"a":' + b"9" * 5000 + b"}")])),
        ("format", zipped([("manifest.json", b"{}")])),
    ],
)
def test_what_is_no_session_file_is_refused_by_the_name_of_the_rule(other_store, rule, content):
    with pytest.raises(SessionFileError) as caught:
        read_session_file(other_store, content)
    assert caught.value.rule == rule
    assert state(other_store) == ([], [])


@pytest.mark.parametrize(
    ("rule", "limit"),
    [("size", "MAX_BYTES"), ("entries", "MAX_ENTRIES"), ("manifest-size", "MAX_MANIFEST_BYTES")],
)
def test_what_is_too_large_is_refused(other_store, content, monkeypatch, rule, limit):
    monkeypatch.setattr(session_zip, limit, 5)
    with pytest.raises(SessionFileError) as caught:
        read_session_file(other_store, content)
    assert caught.value.rule == rule


def test_entries_that_claim_more_than_the_file_holds_are_refused(other_store, content):
    claiming = bytearray(content)
    central = content.rindex(b"PK\x01\x02")
    claiming[central + 20 : central + 28] = b"\xff\xff\xff\x7f" * 2  # both sizes of the last entry
    with pytest.raises(SessionFileError) as caught:
        read_session_file(other_store, resealed(bytes(claiming)))
    assert caught.value.rule == "entry-sizes"


def test_the_reading_can_be_stopped_and_then_nothing_is_stored(other_store, content):
    told = []

    def stop_at_the_third(fraction, label):
        told.append((fraction, label))
        if len(told) == 3:
            raise Stopped

    with pytest.raises(Stopped):
        read_session_file(other_store, content, progress=stop_at_the_third)
    assert told == [(0, "E1"), (1 / 6, "E2"), (2 / 6, "E3")]
    assert state(other_store) == ([], [])


def test_any_zip_program_can_look_inside(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["format"] == "medmeta-session"
    assert manifest["workspace"]["name"] == "Rare eye disease"
