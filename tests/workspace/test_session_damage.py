"""A session file that was damaged, or never was one, is told by a rule and stores nothing."""

import io
import random
import warnings
import zipfile

import pytest
from sessions import resealed, state

from medmeta_core.errors import SessionFileError, WorkspaceError
from medmeta_core.workspace import read_session_file, session_zip, write_session_file


def test_a_bit_flipped_anywhere_is_detected_and_changes_nothing(other_store, sealed):
    generator = random.Random(0)
    places = [*range(60), *range(len(sealed) - 400, len(sealed))]
    places += [generator.randrange(len(sealed)) for _ in range(400)]
    for place in places:
        flipped = bytearray(sealed)
        flipped[place] ^= 1 << generator.randrange(8)
        with pytest.raises(SessionFileError) as caught:
            read_session_file(other_store, bytes(flipped))
        assert caught.value.rule in ("seal", "not-a-zip")
    assert state(other_store) == ([], [])


def test_a_bit_flipped_and_sealed_anew_is_reported_or_harmless(other_store, sealed):
    """The seal can be forged; what is behind it must then be told by a rule, never crash."""
    generator = random.Random(1)
    for _ in range(300):
        flipped = bytearray(sealed)
        flipped[generator.randrange(len(sealed) - 64)] ^= 1 << generator.randrange(8)
        try:
            copy = read_session_file(other_store, resealed(bytes(flipped)))
        except SessionFileError as error:
            assert error.rule
        else:
            assert other_store.verify_audit(copy.id)
            other_store.delete_workspace(copy.id)
    assert state(other_store) == ([], [])


def test_a_file_cut_short_or_made_longer_is_detected(other_store, sealed):
    cuts = [0, 1, 4, 64, 65, 100, len(sealed) // 2, len(sealed) - 64, len(sealed) - 1]
    for wrong in (*(sealed[:cut] for cut in cuts), sealed + b"x", b"x" + sealed, sealed * 2):
        with pytest.raises(SessionFileError):
            read_session_file(other_store, wrong)
    assert state(other_store) == ([], [])


def zipped(entries, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as archive:
        warnings.simplefilter("ignore")  # a name that is there twice
        for name, content in entries:
            archive.writestr(name, content)
        archive.comment = b"0" * 64
    return resealed(buffer.getvalue())


def test_a_zip_of_pictures_is_distinguished_from_a_damaged_session(other_store):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("benign/1.png", b"picture")
    with pytest.raises(SessionFileError, match="drop the zip on the page Examples") as caught:
        read_session_file(other_store, buffer.getvalue())
    assert caught.value.rule == "not-a-session"
    with pytest.raises(SessionFileError, match="pictures are added on the page Examples"):
        read_session_file(other_store, b"\xff\xd8\xff\xe0 a picture" * 9)
    assert state(other_store) == ([], [])


BOMB = [("manifest.json", b" " * 5_000_000)]


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("not-a-zip", b""),
        ("empty-session", zipped([])),
        ("not-a-zip", b"PK\x03\x04"),
        ("not-a-zip", b"not a zip" * 100),
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
def test_what_is_too_large_is_refused(other_store, sealed, monkeypatch, rule, limit):
    monkeypatch.setattr(session_zip, limit, 5)
    with pytest.raises(SessionFileError) as caught:
        read_session_file(other_store, sealed)
    assert caught.value.rule == rule


def test_more_answers_than_can_be_read_are_not_written(store, full_desk, monkeypatch):
    monkeypatch.setattr(session_zip, "MAX_MANIFEST_BYTES", 2**20)
    assert write_session_file(store, full_desk)
    monkeypatch.setattr(session_zip, "MAX_MANIFEST_BYTES", 1000)
    with pytest.raises(WorkspaceError) as caught:
        write_session_file(store, full_desk)
    assert caught.value.rule == "session-rows"


def test_entries_that_claim_more_than_the_file_holds_are_refused(other_store, sealed):
    claiming = bytearray(sealed)
    central = sealed.rindex(b"PK\x01\x02")
    claiming[central + 20 : central + 28] = b"\xff\xff\xff\x7f" * 2  # both sizes of the last entry
    with pytest.raises(SessionFileError) as caught:
        read_session_file(other_store, resealed(bytes(claiming)))
    assert caught.value.rule == "entry-sizes"
