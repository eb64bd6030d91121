"""Images in a store: order, aliases, duplicates, patients."""

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import event
from store_on_disk import home

from medmeta_core.episodes.pixels import as_model_pixels
from medmeta_core.imaging import MedicalImage, StorableImage
from medmeta_core.workspace import CONFLICT_NOTE, DUPLICATE_NOTE, NewImage, Role


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
        store.display_image(examples[0].id).pixels[0, 0, 0] = 1
    (square,) = store.squares([examples[0].id], 8)
    with pytest.raises(ValueError, match="read-only"):
        square[0, 0, 0] = 1


def test_an_image_is_shown_with_its_patient_and_at_the_size_that_is_requested(store, desk):
    wide = MedicalImage(np.zeros((1, 20, 50), np.float32), "OT", "d" * 64, patient_key="key")
    [stored] = store.add_images(desk, [NewImage(wide, "a.png", Role.CASE)])
    assert store.display_image(stored.id).pixels.shape == (1, 20, 50)
    image = store.display_image(stored.id, max_side=25)
    assert image.pixels.shape == (1, 10, 25) and image.patient_key == "P1"


def test_the_squares_of_networks_come_in_the_order_that_was_requested(store, examples):
    ids = [examples[2].id, examples[0].id, examples[2].id]
    squares = list(store.squares(ids, 8))
    expected = [
        as_model_pixels(store.read_image(image_id), 8)[: len(one)].numpy()
        for image_id, one in zip(ids, squares, strict=True)
    ]
    assert all(map(np.array_equal, squares, expected))
    assert [one.tobytes() for one in store.squares(ids, 8)] == [one.tobytes() for one in squares]


def test_an_image_made_ready_elsewhere_is_stored_as_one_decoded_here(store, desk, new_image):
    here = new_image(1, condition="benign", patient_key="key")
    ready = replace(here, image=StorableImage.of(here.image), role=Role.CASE)
    one, other = store.add_images(desk, [here, ready])
    assert (one.blob, one.height, one.notes, one.patient) == (
        *(other.blob, other.height, other.notes, other.patient),
    )
    assert store.thumbnail(one.id) == store.thumbnail(other.id)


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


def test_one_picture_under_two_conditions_is_reported(store, desk, new_image):
    store.add_images(desk, [new_image(1, condition="benign")])
    [image] = store.add_images(desk, [new_image(1, condition="malign")])
    assert image.condition == "benign"
    assert image.notes[-2:] == (DUPLICATE_NOTE, CONFLICT_NOTE)


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


def test_a_gallery_is_read_by_as_many_statements_whatever_its_size(store, desk, new_image):
    statements: list[str] = []
    event.listen(
        store.database._engine,
        "before_cursor_execute",
        lambda *parts: statements.append(parts[2]),
    )
    counts = []
    for n in (1, 30):
        store.add_images(desk, [new_image(100 * n + i) for i in range(n)])
        statements.clear()
        images = store.images(desk)
        counts.append(len(statements))
    assert len(images) == 31 and counts[0] == counts[1] > 0
