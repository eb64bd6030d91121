"""A session file goes through the disk: memory holds one of its pictures at a time."""

import io
from contextlib import closing
from hashlib import sha256

import numpy as np
import pytest
from peak_memory import traced_peak
from sessions import heat_map, packed, prediction, save_adaptation, state, unpacked

from medmeta_core.errors import SessionFileError
from medmeta_core.imaging import MedicalImage
from medmeta_core.workspace import (
    NewImage,
    ResultRecord,
    Role,
    Store,
    read_session_file,
    write_session_file,
)

N, SIDE = 8, 1400
PICTURE_BYTES = 3 * SIDE**2  # noise does not compress
MOST = 2.5 * PICTURE_BYTES
"""One picture, and what is made of it on the way; all of them are eight."""


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """(store, id) of a workspace with pictures of noise."""
    store = Store.open(tmp_path_factory.mktemp("large"))
    workspace = store.create_workspace("Large").id
    for number in range(N):
        levels = np.random.default_rng(number).integers(0, 256, (3, SIDE, SIDE), np.uint8)
        digest = sha256(levels.tobytes()).hexdigest()
        image = MedicalImage(levels / np.float32(255), modality="OT", source_digest=digest)
        store.add_images(workspace, [NewImage(image, "x.png", Role.EXAMPLE, "ab"[number % 2])])
    yield store, workspace
    store.close()


def test_writing_and_reading_hold_one_picture_at_a_time(large, other_store, tmp_path):
    store, workspace_id = large
    assert traced_peak(lambda: write_session_file(store, workspace_id)) < MOST
    path = tmp_path / "large.medmeta.zip"
    path.write_bytes(write_session_file(store, workspace_id).read())
    assert path.stat().st_size > N * PICTURE_BYTES
    with path.open("rb") as file:
        assert traced_peak(lambda: read_session_file(other_store, file)) < MOST
    there = other_store.workspaces()[0].id
    assert [one.blob for one in other_store.images(there)] == [
        one.blob for one in store.images(workspace_id)
    ]


def test_what_is_shown_of_a_stored_image_does_not_bring_it_into_memory(large):
    store, workspace_id = large
    image = store.images(workspace_id)[0]
    assert traced_peak(lambda: list(store.squares([image.id], 224))) < PICTURE_BYTES / 2
    assert traced_peak(lambda: store.picture_digest(image.id)) < PICTURE_BYTES / 2


def test_heat_maps_are_written_and_read_one_by_one(store, other_store, desk, examples, new_image):
    adaptation = save_adaptation(store, desk, examples)
    for number in range(3):
        [case] = store.add_images(desk, [new_image(40 + number, Role.CASE)])
        content = prediction(adaptation)
        picture = heat_map(side=7 + number)
        store.save_result(desk, ResultRecord(case.id, adaptation.id, content, picture, 0.5))
    with closing(write_session_file(store, desk)) as file:
        read_session_file(other_store, file)
    results = other_store.results(desk)
    assert [one.heat_map for one in results] == [heat_map(side=7 + n) for n in range(3)]


def test_a_picture_altered_behind_the_others_leaves_nothing(large, other_store):
    """Seven pictures are right; the last one is not, which is seen when its turn comes."""
    store, workspace_id = large
    manifest, blobs = unpacked(write_session_file(store, workspace_id))
    last = manifest["images"][-1]["blob"]
    blobs[last] = blobs[last][:-1] + bytes([blobs[last][-1] ^ 1])
    with pytest.raises(SessionFileError) as caught:
        read_session_file(other_store, io.BytesIO(packed(manifest, blobs)))
    assert caught.value.rule == "blob-digest"
    assert state(other_store) == ([], [])
    assert other_store.blobs.digests() == set()


def test_a_session_file_stands_in_no_folder(store, full_desk, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    with closing(write_session_file(store, full_desk)) as file:
        assert sorted(tmp_path.rglob("*")) == before
        assert file.read(4) == b"PK\x03\x04"
