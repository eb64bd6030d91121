"""Features are raised to a power before they are centred, and files say to which."""

from pathlib import Path

import pytest
import tiny
import torch
from safetensors.torch import load_file, save

from medmeta_core.embedding import EmbeddingNetwork, ModelCard, read_backbone, write_backbone
from medmeta_core.embedding.base_statistics import POWER, bent
from medmeta_core.embedding.files.weights import file_digest
from medmeta_core.errors import BackboneError
from medmeta_core.training.finishing import FEATURE_POWER, fill_statistics

PIXELS = torch.cat([tiny.stripes(20, period, seed=period) for period in (3, 7)])


def _network() -> EmbeddingNetwork:
    torch.manual_seed(0)
    network = EmbeddingNetwork("conv4", 32).eval().requires_grad_(False)
    fill_statistics(network, network.pooled(PIXELS))
    return network


def test_embeddings_of_the_base_pictures_are_centred_after_the_power() -> None:
    network = _network()
    assert float(network.base_power) == FEATURE_POWER
    features = network.pooled(PIXELS).double()
    small = 1e-3
    roots = ((features.abs() + small).sqrt() - small**0.5) * features.sign()
    expected = (roots - roots.mean(0)) @ network.base_whitening.double()
    expected = expected / expected.norm(dim=1, keepdim=True)
    torch.testing.assert_close(network(PIXELS).double(), expected, atol=1e-4, rtol=0)


def test_the_slope_is_finite_where_a_feature_is_zero() -> None:
    features = torch.zeros(3, requires_grad=True)
    bent(features, torch.tensor(0.5)).sum().backward()
    assert features.grad is not None
    assert bool(features.grad.isfinite().all())
    features = torch.tensor([-2.0, -0.1, 0.1, 2.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: bent(x, torch.tensor(0.5)), features)


def test_a_file_that_is_older_than_powers_embeds_as_it_did(tmp_path: Path) -> None:
    network = _network()
    network.base_power.fill_(1)
    write_backbone(tmp_path, network, ModelCard("older", "conv4", 32, ""))
    _rewrite(tmp_path / "older.json", without=POWER)
    embeddings = read_backbone(tmp_path / "older.json").network(PIXELS)
    torch.testing.assert_close(embeddings, network(PIXELS), atol=1e-2, rtol=0)


@pytest.mark.parametrize("power", [0.0, -1.0, 1.5])
def test_a_power_that_no_training_writes_is_refused(tmp_path: Path, power: float) -> None:
    network = _network()
    network.base_power.fill_(power)
    write_backbone(tmp_path, network, ModelCard("odd", "conv4", 32, ""))
    with pytest.raises(BackboneError, match="does not fit"):
        read_backbone(tmp_path / "odd.json")


def _rewrite(card: Path, *, without: str) -> None:
    """Write the weights anew without a tensor, and the card with their digest."""
    weights = card.with_suffix(".safetensors")
    state = {name: tensor for name, tensor in load_file(weights).items() if name != without}
    weights.write_bytes(save(state))
    stated = ModelCard.read(card)
    ModelCard(**{**vars(stated), "sha256": file_digest(weights)}).write(card)
