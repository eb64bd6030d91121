"""A manifest altered by an adversary, and sealed anew, is refused by the name of the rule."""

from hashlib import sha256

import pytest
from sessions import heat_map, packed, state, unpacked

from medmeta_core.errors import SessionFileError
from medmeta_core.workspace import audit_log, read_session_file


def altered(content, alter):
    """The file with its manifest and blobs altered, and sealed anew as if by an adversary."""
    manifest, blobs = unpacked(content)
    alter(manifest, blobs)
    manifest["blobs"] = {digest: len(blob) for digest, blob in blobs.items()}
    return packed(manifest, blobs)


def image_row(field, value):
    return lambda manifest, blobs: manifest["images"][0].update({field: value})


def row(table, field, value):
    return lambda manifest, blobs: manifest[table][0].update({field: value})


def with_answer(field, value):
    """Alters what the verdict on an answer classified."""
    return lambda manifest, blobs: manifest["verdicts"][1].update({field: value})


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


def with_the_bytes_of(table, column):
    """Other bytes, as many as before, under the digest that the first row names."""

    def alter(manifest, blobs):
        digest = manifest[table][0][column]
        blobs[digest] = bytes(len(blobs[digest]))

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
        ("version", lambda manifest, blobs: manifest.update(version=4)),
        ("version", lambda manifest, blobs: manifest.update(version=True)),
        ("version", lambda manifest, blobs: manifest.update(version="1")),
        ("manifest-fields", lambda manifest, blobs: manifest.update(extra=1)),
        ("manifest-fields", lambda manifest, blobs: manifest.pop("results")),
        ("table-rows", lambda manifest, blobs: manifest.update(images={})),
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
        ("session-condition-name", image_row("condition", "a\nb")),
        ("session-condition-name", image_row("condition", "")),
        ("names", image_row("condition", " benign")),
        ("session-workspace-name", workspace_row("name", "")),
        ("decision", row("verdicts", "decision", "diagnosed")),
        ("judged-answer", with_answer("answer_outcome", None)),
        ("judged-answer", with_answer("answer_outcome", "Not sure")),
        ("judged-answer", with_answer("answer_outcome", "not-sure")),  # and yet names a condition
        ("judged-answer", with_answer("answer_condition", None)),
        ("names", with_answer("answer_condition", " Névus")),
        ("field-type", with_answer("answer_condition", ["Névus"])),
        ("judged-answer", with_answer("answer_probability", 40)),
        ("judged-answer", with_answer("answer_thresholds", None)),
        ("judged-answer", with_answer("answer_thresholds", {"min_probability": [0.5]})),
        ("judged-answer", with_answer("answer_thresholds", {"![](http://x)": 0.5})),
        ("judged-answer", with_answer("answer_thresholds", {"level": "![](http://x)"})),
        ("judged-answer", with_answer("answer_thresholds", {"min_right": 1e300})),
        ("judged-answer", with_answer("answer_thresholds", {"min_right": -0.1})),
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
        ("field-type", image_row("blob", "../../etc/passwd")),
        ("blob-list", lambda manifest, blobs: blobs.popitem()),
        ("blob-list", lambda manifest, blobs: blobs.update({sha256(b"x").hexdigest(): b"x"})),
        ("blob-digest", with_the_bytes_of("images", "blob")),
        ("blob-digest", with_the_bytes_of("results", "heat_map")),
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
def test_an_altered_session_is_refused_by_the_name_of_the_rule(other_store, sealed, rule, alter):
    with pytest.raises(SessionFileError) as caught:
        read_session_file(other_store, altered(sealed, alter))
    assert caught.value.rule == rule
    assert str(caught.value).startswith("The session file was not opened: ")
    assert state(other_store) == ([], [])
