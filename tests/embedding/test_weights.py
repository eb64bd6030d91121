"""Weights on disk: what was written is read, what was altered is refused."""

from pathlib import Path

import pytest
import tiny
import torch

from medmeta_core.embedding import (
    EmbeddingNetwork,
    ModelCard,
    load_backbone,
    read_backbone,
    shipped_names,
    write_backbone,
)
from medmeta_core.errors import BackboneError

PIXELS = tiny.stripes(3, 5, seed=1)


@pytest.fixture()
def written(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    network = EmbeddingNetwork("conv4", 32)
    network.base_mean.fill_(0.01)
    write_backbone(tmp_path, network, ModelCard("small", "conv4", 32, ""), torch.ones(512))
    return tmp_path / "small.json"


def test_what_was_written_is_read(written: Path) -> None:
    backbone = read_backbone(written)
    torch.manual_seed(0)
    network = EmbeddingNetwork("conv4", 32).eval()
    network.base_mean.fill_(0.01)
    with torch.no_grad():
        torch.testing.assert_close(backbone.embed(PIXELS), network(PIXELS), atol=2e-3, rtol=0)
    assert torch.equal(backbone.initial_head, torch.ones(512))


def test_a_flipped_bit_is_refused(written: Path) -> None:
    weights = written.with_suffix(".safetensors")
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(BackboneError, match="altered"):
        read_backbone(written)


def test_missing_weights_are_reported(written: Path) -> None:
    written.with_suffix(".safetensors").unlink()
    with pytest.raises(BackboneError, match="missing"):
        read_backbone(written)


def test_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    network = EmbeddingNetwork("conv4", 32)
    network.base_mean[0] = float("nan")
    write_backbone(tmp_path, network, ModelCard("small", "conv4", 32, ""))
    with pytest.raises(BackboneError, match="not finite"):
        read_backbone(tmp_path / "small.json")


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    network = EmbeddingNetwork("conv4", 32)
    write_backbone(tmp_path, network, ModelCard("small", "resnet18", 32, ""))
    with pytest.raises(BackboneError, match="architecture"):
        read_backbone(tmp_path / "small.json")


def test_an_unknown_name_is_reported_with_the_available_ones() -> None:
    with pytest.raises(BackboneError, match="medmeta-resnet18"):
        load_backbone("no-such-backbone")


def test_equal_pixels_are_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = tiny.backbone()
    first = backbone.embed(PIXELS)
    monkeypatch.setattr(backbone.network, "forward", _refuse)
    assert torch.equal(backbone.embed(PIXELS[[2, 0, 0]]), first[[2, 0, 0]])


def _refuse(_pixels: torch.Tensor) -> torch.Tensor:
    raise RuntimeError("embedded twice")


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_backbone_loads_and_tells_pictures_apart(name: str) -> None:
    embeddings = load_backbone(name).embed(PIXELS)
    assert embeddings.shape == (3, load_backbone(name).n_features)
    assert embeddings.isfinite().all()
    assert not torch.allclose(embeddings[0], embeddings[1])
