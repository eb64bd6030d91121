"""Whether a backbone has seen images is told by their contents, whatever folders are called."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medmeta_core.datasets import read_labelled_set
from medmeta_core.embedding import ModelCard
from medmeta_core.embedding.files.training_images import (
    read_training_images,
    training_images,
    write_training_images,
)
from medmeta_core.errors import BackboneError
from medmeta_core.evaluation import CrossSet, TrainingOverlap, training_overlap

FACTS = {"trained_on": ["skin"], "data": [{"set": "skin", "held_out": ["df"]}]}
TRAINED_ALIKE = [f"medmeta-conv4-{method}" for method in ("anil", "maml", "reptile")]
CARD = ModelCard("net", "conv4", 64, "", facts=FACTS)


def write_set(folder: Path, *conditions: str, first: int = 0) -> Path:
    for number, condition in enumerate(conditions, first):
        for k in range(2):
            path = folder / condition / f"{k}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((6, 8), 20 * number + k, np.uint8)).save(path)
    return folder


def sha256_of(*paths: Path) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


def recorded(place: Path, *paths: Path) -> frozenset[str] | None:
    write_training_images(place / "net.json", sha256_of(*paths))
    return read_training_images(place / "net.json")


def overlap(folder: Path, known: frozenset[str] | None, card: ModelCard = CARD) -> TrainingOverlap:
    labelled = read_labelled_set(folder, side=8)
    return training_overlap(card, known, folder_name=folder.name, labelled=labelled)


def test_the_record_holds_six_bytes_of_each_digest_in_order(tmp_path: Path) -> None:
    digests = [n * 32 for n in ("ff", "00", "a1")]
    write_training_images(tmp_path / "net.json", [*digests, digests[0]])
    content = (tmp_path / "net.training-images").read_bytes()
    assert content == b"\0" * 6 + b"\xa1" * 6 + b"\xff" * 6
    assert read_training_images(tmp_path / "net.json") == {"0" * 12, "a1" * 6, "f" * 12}


def test_a_renamed_folder_with_renamed_files_is_told(tmp_path: Path) -> None:
    skin = write_set(tmp_path / "skin", "df", "mel", "nv")
    known = recorded(tmp_path, *(skin / "mel").iterdir(), skin / "nv/0.png")
    renamed = skin.rename(tmp_path / "my photographs")
    for path in sorted(renamed.rglob("*.png")):
        path.rename(path.with_name(f"IMG_{path.name}"))
    (renamed / "mel").rename(renamed / "black")
    assert overlap(renamed, known) == TrainingOverlap(("black", "nv"), 3, "files")


def test_a_set_of_which_no_file_was_trained_on_is_told_of_nothing(tmp_path: Path) -> None:
    known = recorded(tmp_path, *write_set(tmp_path / "skin", "df", "mel").rglob("*.png"))
    other = write_set(tmp_path / "other", "df", "mel", first=7)
    assert overlap(other, known) == TrainingOverlap((), 0, "files")


def test_other_files_under_the_name_of_a_set_are_told_by_the_name(tmp_path: Path) -> None:
    known = recorded(tmp_path, *write_set(tmp_path / "first", "df", "mel").rglob("*.png"))
    skin = write_set(tmp_path / "skin", "df", "mel", first=7)
    assert overlap(skin, known) == TrainingOverlap(("mel",), 0, "names")


def test_without_a_record_names_alone_are_compared(tmp_path: Path) -> None:
    skin = write_set(tmp_path / "skin", "df", "mel")
    assert overlap(skin, None) == TrainingOverlap(("mel",), None, "names")
    renamed = skin.rename(tmp_path / "renamed")
    assert overlap(renamed, None) == TrainingOverlap((), None, "names")
    foreign = ModelCard("net", "conv4", 64, "", facts={})
    assert overlap(renamed, None, foreign) == TrainingOverlap((), None, "nothing")


def test_digests_stay_beside_their_images(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "skin", "df", "mel", "nv")
    whole = read_labelled_set(folder, side=8)
    paths = [folder / name / f"{k}.png" for name in ("df", "mel", "nv") for k in (0, 1)]
    assert list(whole.digests) == sha256_of(*paths)
    assert list(whole.only(["nv", "df"]).digests) == sha256_of(*paths[:2], *paths[4:])
    cross = CrossSet.of(whole, whole.only(["mel", "nv"]))
    assert list(cross.labelled.digests) == sha256_of(*paths[2:], *paths[2:])


@pytest.mark.parametrize("n_bytes", [1, 5, 13])
def test_a_record_that_is_cut_off_is_told(tmp_path: Path, n_bytes: int) -> None:
    (tmp_path / "net.training-images").write_bytes(bytes(n_bytes))
    with pytest.raises(BackboneError) as caught:
        read_training_images(tmp_path / "net.json")
    assert caught.value.rule == "training-images"


@pytest.mark.parametrize("name", ["medmeta-resnet18", *TRAINED_ALIKE])
def test_shipped_weights_recognise_images_they_were_trained_on(name: str, shared: Path) -> None:
    known = training_images(name)
    assert known is not None
    assert len(known) == 9640
    images = shared / "data/images"
    seen = sorted((images / "pbc_blood_cells").rglob("*.jpg"))[:5]
    unseen = sorted((images / "brain_tumor_mri").rglob("*.jpg"))[:5]
    assert len(seen) == len(unseen) == 5
    assert {digest[:12] for digest in sha256_of(*seen)} <= known
    assert not {digest[:12] for digest in sha256_of(*unseen)} & known
