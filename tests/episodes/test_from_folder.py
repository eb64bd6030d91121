"""`SupportSet.from_folder`: folders and manifest say condition and patient, as everywhere."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medmeta_core.casework.example_folder import read_examples
from medmeta_core.datasets import read_labelled_set
from medmeta_core.episodes import SupportSet
from medmeta_core.errors import MedMetaError, SupportSetError


def picture(path: Path, level: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((6, 8), level, np.uint8)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two conditions; the first one with two patients of two pictures each."""
    for level, name in enumerate(
        ("Flu/p1/a.png", "Flu/p1/b.png", "Flu/p2/a.png", "Flu/p2/b.png", "cold/x.png")
    ):
        picture(tmp_path / name, 40 * level)
    return tmp_path


def test_folders_name_condition_and_patient(folder: Path) -> None:
    support = SupportSet.from_folder(folder)
    assert support.conditions == ("cold", "Flu")
    assert support.counts == (1, 4)
    assert support.groups == (None, "p1", "p1", "p2", "p2")
    assert support.pixels.shape == (5, 3, 224, 224)
    levels = (support.pixels.amax((1, 2, 3)) * 255).round().int().tolist()
    assert levels == [160, 0, 40, 80, 120]


@pytest.mark.parametrize("with_manifest", [False, True])
def test_it_reads_what_the_command_line_reads(folder: Path, with_manifest: bool) -> None:
    if with_manifest:
        lines = ("file,cls", "Flu/p1/a.png,cold", "Flu/p2/b.png,cough")
        (folder / "manifest.csv").write_text("\n".join(lines), encoding="utf-8")
    ours, theirs = SupportSet.from_folder(str(folder)), read_examples(folder).support
    assert ours.conditions == theirs.conditions
    assert ours.labels.tolist() == theirs.labels.tolist()
    assert ours.groups == theirs.groups
    assert ours.pixels.equal(theirs.pixels)
    evaluated = read_labelled_set(folder, side=32)
    assert sorted(evaluated.conditions) == sorted(ours.conditions)
    assert len(evaluated.labels) == len(ours)


def test_a_manifest_names_condition_and_patient_of_what_it_lists(folder: Path) -> None:
    lines = ("file,cls,who", "Flu/p1/a.png,cold,7", "cold/x.png,,8")
    (folder / "manifest.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.warns(UserWarning, match="left out: 1 x no condition"):
        support = SupportSet.from_folder(folder, patient="who")
    assert support.conditions == ("cold", "Flu")
    assert support.groups == ("7", "p1", "p2", "p2")


def test_what_cannot_be_read_is_counted(folder: Path) -> None:
    (folder / "cold" / "notes.png").write_bytes(b"no picture")
    with pytest.warns(UserWarning, match="left out: 1 x not-an-image"):
        assert len(SupportSet.from_folder(folder)) == 5


def test_files_beside_the_conditions_are_no_examples(folder: Path) -> None:
    (folder / "README.txt").write_text("what this is", encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(SupportSet.from_folder(folder)) == 5


@pytest.mark.parametrize(
    ("manifest", "patient", "rule"),
    [
        (None, "who", "manifest"),
        ("file,cls\nFlu/a.png,cold\n", "who", "manifest-columns"),
        ("file,kind\nFlu/a.png,cold\n", None, "manifest-columns"),
    ],
)
def test_a_manifest_that_lacks_what_is_requested_is_refused(
    tmp_path: Path, manifest: str | None, patient: str | None, rule: str
) -> None:
    picture(tmp_path / "Flu" / "a.png", 9)
    if manifest:
        (tmp_path / "manifest.csv").write_text(manifest, encoding="utf-8")
    with pytest.raises(MedMetaError) as caught:
        SupportSet.from_folder(tmp_path, patient=patient)
    assert caught.value.rule == rule


def test_a_folder_that_does_not_exist_and_one_without_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MedMetaError, match="no-such"):
        SupportSet.from_folder(tmp_path / "no-such")
    with pytest.raises(SupportSetError) as caught:
        SupportSet.from_folder(tmp_path)
    assert (caught.value.rule, caught.value.facts["folder"]) == ("two-folders", tmp_path.name)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(MedMetaError) as of_file:
        SupportSet.from_folder(tmp_path / "notes.txt")
    assert of_file.value.rule == "file-no-folder"
