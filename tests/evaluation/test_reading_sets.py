"""What a folder and its manifest.csv say, and what is told of what they leave open."""

from pathlib import Path

import torch
from pictures import write_folder

from medmeta_core.datasets import read_labelled_set
from medmeta_core.embedding import ModelCard
from medmeta_core.evaluation import seen_conditions


def manifest(folder: Path, *lines: str) -> Path:
    (folder / "manifest.csv").write_text("\n".join(lines))
    return folder


def test_rows_without_a_condition_and_files_that_do_not_exist_are_reported(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"flu": 2, "cold": 2})
    manifest(folder, "file,cls", "flu/0.png,flu", "flu/1.png,", "cold/0.png,cold", "x/y.png,cold")
    labelled_set = read_labelled_set(folder, side=32)
    assert labelled_set.without_condition == ("flu/1.png",)
    assert labelled_set.absent == ("x/y.png",)
    assert labelled_set.unlisted == ("cold/1.png",)
    assert len(labelled_set.labels) == 3  # the unlisted one goes by its folder


def test_masks_are_no_pictures_to_classify(tmp_path: Path) -> None:
    write_folder(tmp_path, {"images": 3, "masks": 3})
    lines = [f"images/{i}.png,masks/{i}.png,{'flu' if i else 'cold'}" for i in range(3)]
    labelled_set = read_labelled_set(manifest(tmp_path, "image,mask,cls", *lines), side=32)
    assert labelled_set.conditions == ("cold", "flu")
    assert torch.bincount(labelled_set.labels).tolist() == [1, 2]
    assert labelled_set.unlisted == ()


def test_some_conditions_of_a_set_keep_their_pictures_and_patients(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"flu": 2, "cold": 3, "cough": 1})
    whole = read_labelled_set(folder, side=32)
    part = whole.only({"flu", "cough"})
    assert part.conditions == ("cough", "flu")
    assert torch.equal(part.pixels, whole.pixels[whole.labels != whole.conditions.index("cold")])
    assert part.labels.tolist() == [0, 1, 1]


def test_a_card_without_held_out_conditions_has_seen_the_whole_set() -> None:
    card = ModelCard("net", "conv4", 64, "", facts={"trained_on": ["skin"]})
    assert seen_conditions(card, "skin", ("df", "mel")) == ["df", "mel"]
