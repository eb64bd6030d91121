"""Images in a store: order, aliases, duplicates, patients."""

import time
from dataclasses import replace

import numpy as np
import pytest
from store_on_disk import home

from medmeta_core.workspace import CONFLICT_NOTE, DUPLICATE_NOTE, Role


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
