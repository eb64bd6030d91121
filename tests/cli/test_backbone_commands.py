"""`medmeta backbones`, run as its users run it."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from command import medmeta
from pictures import write_folder
from published_weights import pickled, random_network, served
from safetensors.torch import save_file

from medmeta_core.embedding import load_backbone
from medmeta_core.embedding.files.torchvision import PUBLISHED

NAME = "torchvision-mobilenet-v3-large"


def backbones(*arguments: str | Path, command: str = "backbones") -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    run = medmeta(command, *arguments)
    return run.returncode, run.stdout, run.stderr


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "mine.safetensors"
    save_file(random_network("mobilenet_v3_large").state_dict(), path)
    return path


def import_mine(weights: Path) -> tuple[int, str, str]:
    options = ("--architecture", "mobilenet_v3_large", "--name", "mine", "--input-side", "64")
    return backbones("import", weights, *options, "--origin", "University, CC BY 4.0")


def test_an_imported_backbone_goes_the_whole_way(weights: Path, tmp_path: Path) -> None:
    code, out, _ = import_mine(weights)
    assert (code, out[:13]) == (0, "mine: sha256 ")
    assert "mine: mobilenet_v3_large, 64 px, your own" in backbones("list")[1]
    card = json.loads(backbones("show", "mine")[1])
    assert card["facts"]["origin"] == "University, CC BY 4.0"
    examples = write_folder(tmp_path / "examples", {"flu": 3, "cold": 3})
    case = examples / "flu" / "0.png"
    arguments = ("--examples", examples, "--backbone", "mine", "--json", "-", case)
    answer = json.loads(backbones(*arguments, command="classify")[1])
    assert answer["backbone"] == {"name": "mine", "sha256": card["sha256"]}
    assert sum(entry["probability"] for entry in answer["files"][0]["ranked"]) == pytest.approx(1)
    assert backbones("remove", "mine") == (0, "mine: removed\n", "")
    code, _, stderr = backbones(*arguments, command="classify")
    assert (code, "Unknown backbone 'mine'" in stderr) == (2, True)


def test_a_file_of_another_kind_ends_with_one_line(tmp_path: Path) -> None:
    torch.save({"w": torch.zeros(1)}, tmp_path / "w.pth")
    code, out, stderr = import_mine(tmp_path / "w.pth")
    assert (code, out) == (2, "")
    assert "pickled" in stderr
    assert stderr.count("\n") == 1


def test_a_missing_file_ends_with_one_line(tmp_path: Path) -> None:
    code, _, stderr = import_mine(tmp_path / "none.safetensors")
    assert code == 2
    assert "No such file" in stderr


def test_fetching_tells_the_terms_first_and_keeps_the_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = pickled(random_network("mobilenet_v3_large").state_dict())
    assert f"{NAME}: mobilenet_v3_large, can be fetched (21 MB)" in backbones("list")[1]
    with served(content) as address:
        moved = replace(PUBLISHED[NAME], url=address, sha256=sha256(content).hexdigest())
        monkeypatch.setitem(PUBLISHED, NAME, moved)
        code, out, stderr = backbones("fetch", NAME)
    assert (code, out.startswith(f"{NAME}: sha256 ")) == (0, True)
    assert "non-commercial research" in stderr
    assert f"{NAME}: mobilenet_v3_large, 224 px, your own" in backbones("list")[1]


def test_fetching_offline_ends_with_a_line_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = replace(PUBLISHED[NAME], url="https://download.invalid/weights-00000000.pth")
    monkeypatch.setitem(PUBLISHED, NAME, moved)
    code, _, stderr = backbones("fetch", NAME)
    assert code == 2
    assert "offline" in stderr


def test_the_terms_can_be_read_without_fetching() -> None:
    terms = json.loads(backbones("show", NAME)[1])
    assert terms["origin"] == PUBLISHED[NAME].url
    assert "ImageNet" in terms["licence"]


def test_a_network_of_timm_is_imported_with_the_statistics_of_its_training(tmp_path: Path) -> None:
    timm = pytest.importorskip("timm")
    weights = tmp_path / "weights.safetensors"
    save_file(timm.create_model("mobilenetv3_small_050", num_classes=3).state_dict(), weights)
    options = ["--name", "mine", "--architecture", "timm/mobilenetv3_small_050"]
    side = ["--input-side", "64", "--mean", "0.1", "0.2", "0.3", "--std", "0.5", "0.5", "0.5"]
    code, stdout, stderr = backbones("import", weights, *options, *side)
    assert (code, stderr) == (0, "")
    assert stdout.startswith("mine: sha256 ")
    network = load_backbone("mine").network
    assert network.mean.flatten().tolist() == pytest.approx([0.1, 0.2, 0.3])
    assert network.std.unique().tolist() == [0.5]
