"""`medmeta meta-train`: what a user sees of it."""

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from small_runs import EPISODIC, write_recipe

from medmeta_core.cli import main
from medmeta_core.embedding import ModelCard, backbone_card, remove_backbone
from medmeta_core.embedding.files.training_images import (
    read_training_images,
    training_images,
    write_training_images,
)
from medmeta_core.training.run import Places

SHORT = replace(EPISODIC, n_tasks=8)


def _command(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """The exit code of `medmeta meta-train`."""
    monkeypatch.setattr(sys, "argv", ["medmeta", "meta-train", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def _options(places: Places) -> list[object]:
    return ["--data", places.root, "--out", places.out, "--runs", places.runs]


def test_the_command_trains_logs_and_tells_the_digest(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = write_recipe(SHORT, places.root / "r.toml")
    assert _command(monkeypatch, recipe, *_options(places), "--log") == 0
    output = capsys.readouterr()
    card = ModelCard.read(places.out / "meta.json")
    assert output.out == f"meta: sha256 {card.sha256}\n"
    assert "step 1/2 query loss" in output.err
    assert "tasks/s" in output.err
    assert "left" in output.err
    assert {path.name.split(".")[0] for path in (places.runs / "meta").iterdir()} == {
        "checkpoint",
        "learning",
        "events",
    }
    assert card.facts["training_seconds"] >= 0
    assert card.facts["command"] == "medmeta meta-train r.toml --data DIR"


def test_weights_record_the_files_trained_on_and_keep_the_record_when_imported(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("MEDMETA_HOME", str(home))
    recipe = write_recipe(SHORT, places.root / "r.toml")
    assert _command(monkeypatch, recipe, *_options(places)) == 0
    folders = [places.root / one.folder for one in SHORT.sets]
    files = [path for folder in folders for path in folder.rglob("*.png")]
    digests = {hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files}
    assert files
    assert read_training_images(places.out / "meta.json") == digests
    arguments = ["--architecture", SHORT.architecture, "--input-side", SHORT.input_side]
    command = ["medmeta", "backbones", "import", places.out / "meta.safetensors", "--name", "mine"]
    monkeypatch.setattr(sys, "argv", [str(one) for one in (*command, *arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert training_images("mine") == digests
    assert backbone_card("mine").facts["trained_on"] == [folder.name for folder in folders]
    remove_backbone("mine")
    assert list((home / "backbones").iterdir()) == []


def test_weights_that_go_on_from_others_record_the_files_of_both(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = write_recipe(SHORT, places.root / "r.toml")
    assert _command(monkeypatch, recipe, *_options(places)) == 0
    before = read_training_images(places.out / "meta.json")
    start = (places.out / "meta.json").rename(places.out / "start.json")
    (places.out / "meta.safetensors").rename(places.out / "start.safetensors")
    (places.out / "meta.training-images").unlink()
    write_training_images(start, [*(before or ()), "0123456789ab" * 5])
    write_recipe(replace(SHORT, seed=5), recipe)
    further = ["--data", places.root, "--out", places.out, "--runs", places.runs / "further"]
    assert _command(monkeypatch, recipe, *further, "--from", start) == 0
    assert read_training_images(places.out / "meta.json") == {*(before or ()), "0123456789ab"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.toml"], "nowhere.toml cannot be opened"),
        (["r.toml", "--start", "nobody.json"], "The model card nobody.json does not exist"),
        (["r.toml", "--data", "nowhere"], "The folder nowhere does not exist"),
    ],
    ids=["recipe", "start", "data"],
)
def test_what_is_not_there_is_reported_in_one_line(
    places: Places,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    write_recipe(SHORT, places.root / "r.toml")
    monkeypatch.chdir(places.root)
    options = [] if "--data" in arguments else ["--data", Path()]
    assert _command(monkeypatch, *arguments, *options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_a_killed_run_with_another_recipe_is_reported_in_one_line(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = write_recipe(SHORT, places.root / "r.toml")
    assert _command(monkeypatch, recipe, *_options(places)) == 0
    write_recipe(replace(SHORT, rate=0.5), recipe)
    capsys.readouterr()
    assert _command(monkeypatch, recipe, *_options(places)) == 2
    assert "rate (was 0.001, is 0.5)" in capsys.readouterr().err
