"""Parts: weights of a method beside the backbone that they were learned on."""

from pathlib import Path

import pytest
import torch

from medmeta_core.embedding import EmbeddingNetwork, ModelCard, read_backbone, write_backbone
from medmeta_core.embedding.files.method_weights import MethodWeightFiles, part_path, write_part
from medmeta_core.errors import BackboneError

WEIGHTS = {"weight": torch.tensor([[0.5, -2.0]]), "bias": torch.tensor([1.0])}


@pytest.fixture()
def card_path(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    card = write_backbone(
        tmp_path, EmbeddingNetwork("conv4", 32), ModelCard("small", "conv4", 32, "")
    )
    write_part(tmp_path / "small.json", "relation", WEIGHTS, card.sha256)
    return tmp_path / "small.json"


def test_a_part_is_read_with_its_backbone(card_path: Path) -> None:
    backbone = read_backbone(card_path)
    assert list(backbone.parts) == ["relation"]
    for name, tensor in backbone.part("relation").items():
        assert torch.equal(tensor, WEIGHTS[name])


def test_a_part_is_no_backbone(card_path: Path) -> None:
    assert [path.stem for path in card_path.parent.glob("*.json")] == ["small"]


def test_a_part_that_does_not_exist_is_reported(card_path: Path) -> None:
    with pytest.raises(BackboneError, match="'matching-fce' needs weights trained for it"):
        read_backbone(card_path).part("matching-fce")


def test_a_part_of_other_weights_is_refused_and_the_backbone_still_serves(card_path: Path) -> None:
    network = EmbeddingNetwork("conv4", 32)
    network.base_mean.fill_(0.5)
    write_backbone(card_path.parent, network, ModelCard("small", "conv4", 32, ""))
    backbone = read_backbone(card_path)
    assert backbone.embed(torch.zeros(1, 3, 32, 32)).shape == (1, 512)
    with pytest.raises(BackboneError, match="trained on other weights") as error:
        backbone.part("relation")
    assert error.value.rule == "part-of-another"


def test_a_flipped_bit_is_refused(card_path: Path) -> None:
    path = part_path(card_path, "relation")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BackboneError, match="altered"):
        read_backbone(card_path).part("relation")


def test_a_torn_file_is_refused(card_path: Path) -> None:
    path = part_path(card_path, "relation")
    path.write_bytes(path.read_bytes()[:10])
    with pytest.raises(BackboneError, match="cannot be read"):
        MethodWeightFiles(card_path, "")["relation"]


def test_numbers_that_are_not_finite_are_refused(card_path: Path) -> None:
    write_part(card_path, "relation", {"weight": torch.tensor([float("inf")])}, "0")
    with pytest.raises(BackboneError, match="not finite"):
        MethodWeightFiles(card_path, "0")["relation"]
