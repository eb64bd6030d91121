"""The embedding network: what it pools, and that a stage more changes nothing of the last."""

import torch

from medmeta_core.embedding import EmbeddingNetwork

PIXELS = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def networks() -> tuple[EmbeddingNetwork, EmbeddingNetwork]:
    one = EmbeddingNetwork("resnet18", 64).eval()
    two = EmbeddingNetwork("resnet18-two-stages", 64).eval()
    two.body.load_state_dict(one.body.state_dict())
    return one, two


def test_two_stages_are_pooled_one_after_the_other() -> None:
    one, two = networks()
    features = two.pooled(PIXELS)
    before = one.body[:-1]((PIXELS - 0.5) / 0.25)
    assert two.n_channels == [256, 512]
    torch.testing.assert_close(features[:, :256], before.mean((2, 3)))
    torch.testing.assert_close(features[:, 256:], one.pooled(PIXELS))


def test_the_last_maps_are_the_same_with_one_stage_or_two() -> None:
    one, two = networks()
    assert two.n_features == 768
    torch.testing.assert_close(one.maps(PIXELS), two.maps(PIXELS))
