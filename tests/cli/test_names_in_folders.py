"""Names of conditions that are nearly the same, in folders and manifests, are told."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from command import medmeta
from PIL import Image

from medmeta_core.casework.example_folder import read_examples
from medmeta_core.datasets import read_labelled_set
from medmeta_core.episodes import SupportSet

SIMILAR = "count as different conditions: “{}”, “{}”."
CLEANED = "removed from condition names: “Flu”."


def folder_of(root: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        for k in range(2):
            path = root / name / f"{k}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((70, 80), 40 * number + k, np.uint8)).save(path)
    return root


def manifest_of(root: Path, *names: str) -> Path:
    folder_of(root, *(f"{number}" for number in range(len(names))))
    rows = [f"{number}/{k}.png,{name}" for number, name in enumerate(names) for k in range(2)]
    (root / "manifest.csv").write_text("\n".join(["file,cls", *rows]), encoding="utf-8")
    return root


KINDS = [folder_of, manifest_of]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", ["flu", "Ｆlu", "Flu."])
def test_every_reader_of_a_folder_tells_of_similar_names(
    tmp_path: Path, kind: object, other: str
) -> None:
    root = kind(tmp_path, "Flu", other, "cold")
    examples = read_examples(root)
    (remark,) = examples.remarks
    assert (remark.rule, len(remark.positions)) == ("similar-names", 4)
    assert remark.conditions == tuple(sorted(["Flu", other]))
    assert {examples.labels[i] for i in remark.positions} == {"Flu", other}
    assert len(read_labelled_set(root, side=16).conditions) == 3
    with pytest.warns(UserWarning, match="Condition names differ only") as told:
        assert len(SupportSet.from_folder(root).conditions) == 3
    assert [warning.filename for warning in told] == [__file__]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", ["Flu ", "Flu\N{ZERO WIDTH SPACE}"])
def test_every_reader_of_a_folder_tells_of_cleaned_names(
    tmp_path: Path, kind: object, other: str
) -> None:
    root = kind(tmp_path, "Flu", other, "cold")
    examples = read_examples(root)
    (remark,) = examples.remarks
    assert (remark.rule, remark.conditions) == ("cleaned-names", ("Flu",))
    assert [examples.labels[i] for i in remark.positions] == ["Flu"] * 4
    assert read_labelled_set(root, side=16).cleaned == ("Flu",)
    with pytest.warns(UserWarning, match="spaces or unseen characters"):
        assert SupportSet.from_folder(root).conditions == ("cold", "Flu")


def test_names_that_differ_are_told_of_nothing(tmp_path: Path) -> None:
    root = folder_of(tmp_path, "Ne\N{COMBINING ACUTE ACCENT}vus", "grade 1", "grade 2")
    assert read_examples(root).remarks == ()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SupportSet.from_folder(root)


def test_the_commands_say_it(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "set", "Flu", "flu", "Flu ")
    told = medmeta("classify", "--examples", root, root / "Flu/0.png").stderr
    assert SIMILAR.format("Flu", "flu") in told
    assert CLEANED in told
    told = medmeta("evaluate", root, "--way", "2", "--shot", "1", "--episodes", "2").stderr
    assert SIMILAR.format("Flu", "flu") in told
    assert CLEANED in told
