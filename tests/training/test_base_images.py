"""Training pictures: any folder of folders, any picture, patients kept apart."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from small_runs import EPISODIC, PRETRAIN

from medmeta_core.datasets import read_labelled_set
from medmeta_core.demo.dicom_file import Radiograph, dicom_bytes
from medmeta_core.training.finishing import card_facts
from medmeta_core.training.inputs.base_images import BaseImages, read_base_images
from medmeta_core.training.inputs.loading import read_square
from medmeta_core.training.inputs.tasks import TaskSource, plain
from medmeta_core.training.inputs.validation_split import split
from medmeta_core.training.recipe import BaseSet, Recipe, RecipeError
from medmeta_core.training.run import Places, run_recipe

BY_PATIENT = BaseSet("stripes", group="patient")


def test_a_folder_needs_no_manifest(root: Path) -> None:
    listed = read_base_images(root, (BaseSet("stripes"),))
    (root / "stripes" / "manifest.csv").unlink()
    (root / "stripes" / "notes.txt").write_text("beside the conditions: not a picture of any")
    (root / "stripes" / "0" / ".DS_Store").write_bytes(b"left behind by a file browser")
    images = read_base_images(root, (BaseSet("stripes"),))
    assert images.conditions == ("stripes/0", "stripes/1", "stripes/2")
    assert torch.equal(images.pixels, listed.pixels)
    assert images.refusals == ()


def test_dicom_is_read_and_names_its_patient(tmp_path: Path) -> None:
    for k, condition in enumerate(("a", "b")):
        (tmp_path / "films" / condition).mkdir(parents=True)
        for i in range(4):
            ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
            film = Radiograph(ramp, 0.2, f"P{k}{i // 2}", i + 1, is_inverted=i % 2 == 1)
            (tmp_path / "films" / condition / f"{i}.dcm").write_bytes(dicom_bytes(film))
    images = read_base_images(tmp_path, (BaseSet("films"),))
    assert len(images.pixels) == 8
    assert images.groups[0] == images.groups[1] != images.groups[2]
    assert int(images.pixels[0][0, 0, 0]) < 20
    assert int(images.pixels[0][0, 0, -1]) > 235
    torch.testing.assert_close(images.pixels[0], images.pixels[1], atol=1, rtol=0)


def test_sixteen_bits_are_not_cut_to_eight(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)
    Image.fromarray(np.tile(ramp, (256, 1))).save(tmp_path / "ramp.png")
    square, patient = read_square(tmp_path / "ramp.png")
    assert patient is None
    assert len(torch.unique(square)) > 200


def test_a_damaged_file_is_counted_and_named(root: Path) -> None:
    (root / "stripes" / "0" / "0.png").write_bytes(b"\x89PNG but no more")
    images = read_base_images(root, (BaseSet("stripes"),))
    assert len(images.pixels) == 23
    (refusals,) = images.refusals
    assert refusals.startswith("stripes: 0.png: ")


def test_a_picture_is_the_same_from_the_plain_and_from_the_guarded_reader(tmp_path: Path) -> None:
    noise = torch.randint(256, (256, 256, 3), generator=torch.Generator().manual_seed(0))
    picture = Image.fromarray(noise.to(torch.uint8).numpy())
    picture.save(tmp_path / "plain.png")
    picture.putalpha(255)
    picture.save(tmp_path / "guarded.png")
    assert torch.equal(
        read_square(tmp_path / "plain.png")[0], read_square(tmp_path / "guarded.png")[0]
    )


@pytest.mark.parametrize(
    ("base_set", "message"),
    [
        (BaseSet("nowhere"), "does not exist"),
        (BaseSet("stripes", column="diagnosis"), "diagnosis"),
        (BaseSet("stripes", group="slide"), "slide"),
        (BaseSet("stripes", without=("9",)), "no condition 9"),
    ],
)
def test_a_set_that_is_not_as_the_recipe_says_is_refused(
    root: Path, base_set: BaseSet, message: str
) -> None:
    with pytest.raises(RecipeError, match=message):
        read_base_images(root, (base_set,))


def _patients(images: BaseImages) -> set[str | None]:
    return set(images.groups)


def test_patients_kept_for_validation_are_not_trained_on(root: Path) -> None:
    images = read_base_images(root, (replace(BY_PATIENT, validation_share=0.25),))
    training, validation = split(images, seed=0)
    assert validation is not None
    assert _patients(training).isdisjoint(_patients(validation))
    assert len(_patients(validation)) == 3  # a quarter of twelve patients
    assert len(training.labels) + len(validation.labels) == 24


def test_conditions_kept_for_validation_are_not_trained_on(root: Path) -> None:
    images = read_base_images(root, (replace(BY_PATIENT, validation=("1", "2")),))
    training, validation = split(images, seed=0)
    assert validation is not None
    assert training.conditions == ("stripes/0",)
    assert validation.conditions == ("stripes/1", "stripes/2")
    assert torch.unique(validation.labels).tolist() == [0, 1]


def test_a_patient_of_a_kept_condition_takes_the_other_pictures_along(root: Path) -> None:
    manifest = root / "stripes" / "manifest.csv"
    rows = list(csv.DictReader(manifest.open()))
    rows[0]["patient"] = rows[-1]["patient"]  # one patient with conditions 0 and 2
    with manifest.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    training, validation = split(
        read_base_images(root, (replace(BY_PATIENT, validation=("2",)),)), seed=0
    )
    assert validation is not None
    assert _patients(training).isdisjoint(_patients(validation))
    assert len(validation.labels) == 9


def test_no_patient_is_on_both_sides_of_a_training_task(root: Path) -> None:
    images = read_base_images(root, (BY_PATIENT,))
    shades = torch.tensor([int(g or 0) for g in images.groups], dtype=torch.uint8)
    shaded = replace(images, pixels=shades[:, None, None, None].expand_as(images.pixels))
    source = TaskSource(shaded, EPISODIC, look=plain)
    for number in range(40):
        task = source.numbered(number)
        sides = [set(side[:, 0, 0, 0].tolist()) for side in (task.support, task.query)]
        assert sides[0].isdisjoint(sides[1])


def test_a_task_is_known_by_its_number(root: Path) -> None:
    source = TaskSource(read_base_images(root, (BY_PATIENT,)), EPISODIC)
    once, again, other = source.numbered(7), source.numbered(7), source.numbered(8)
    assert torch.equal(once.support, again.support)
    assert torch.equal(once.query, again.query)
    assert once.support.shape != other.support.shape or not torch.equal(once.query, other.query)


def test_sets_are_mixed_by_their_weights(root: Path) -> None:
    (root / "stripes" / "manifest.csv").unlink()
    (root / "again").symlink_to(root / "stripes")
    sets = (BaseSet("stripes", weight=3), BaseSet("again", weight=1))
    images = read_base_images(root, sets)
    marked = (images.set_index[:, None, None, None] * 255).to(torch.uint8)
    coloured = replace(images, pixels=marked.expand_as(images.pixels))
    source = TaskSource(coloured, replace(EPISODIC, n_shot=1, n_query=1), look=plain)
    of_second = sum(float(source.numbered(number).query.max()) for number in range(200))
    assert 30 <= of_second <= 70  # a quarter of 200, give or take three standard errors


def test_a_set_too_small_for_episodes_is_reported(root: Path) -> None:
    images = read_base_images(root, (BaseSet("stripes", column=""),))
    with pytest.raises(RecipeError, match="two or more conditions"):
        TaskSource(images, EPISODIC)


@pytest.mark.parametrize("recipe", [PRETRAIN, EPISODIC], ids=["distillation", "episodic"])
def test_accuracy_on_kept_patients_is_logged_along_the_way(places: Places, recipe: Recipe) -> None:
    base_set = replace(BY_PATIENT, validation_share=0.5)
    run_recipe(replace(recipe, sets=(base_set,), validate_every=3, n_images=96), places)
    rows = list(csv.reader((places.runs / recipe.name / "learning.csv").open()))
    looks = [(int(row[0]), float(row[3])) for row in rows if row[2] == "validation accuracy"]
    assert [step for step, _ in looks] == [2, 5]
    assert all(0 <= accuracy <= 1 for _, accuracy in looks)


def test_a_row_without_a_condition_is_left_out_by_every_reader_and_counted(root: Path) -> None:
    manifest = root / "stripes" / "manifest.csv"
    rows = list(csv.DictReader(manifest.open()))
    rows[0]["cls"], rows[1]["cls"] = "", "  "
    with manifest.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    images = read_base_images(root, (BY_PATIENT,))
    evaluated = read_labelled_set(root / "stripes", side=32, group="patient")
    assert images.conditions == ("stripes/0", "stripes/1", "stripes/2")
    assert evaluated.conditions == ("0", "1", "2")
    assert len(images.labels) == len(evaluated.labels) == 22
    assert images.n_without_condition == len(evaluated.without_condition) == 2
    assert card_facts(EPISODIC, images, seconds=1)["n_without_condition"] == 2


def test_a_card_states_only_what_is_known_of_its_run(root: Path) -> None:
    base_images = read_base_images(root, (BY_PATIENT,))
    unknown = replace(base_images, groups=(None, *base_images.groups[1:]))
    limits = [
        card_facts(EPISODIC, images, seconds=1)["limits"] for images in (base_images, unknown)
    ]
    assert "Patients are not known for all training images." in limits[1]
    assert limits[0] == [one for one in limits[1] if not one.startswith("Patients")]
    assert not any("public" in one for one in limits[0])
    assert card_facts(EPISODIC, unknown, seconds=1)["n_with_patient"] == len(base_images.labels) - 1
