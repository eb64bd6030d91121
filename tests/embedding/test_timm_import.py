"""Weights under timm's names become a backbone with a card, checked like any other file."""

import sys
from pathlib import Path
from typing import Any

import pytest
import tiny
import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import Tensor, nn

from medmeta_core.analysis import adapt, analyse_pixels
from medmeta_core.embedding import (
    ImportRequest,
    ModelCard,
    backbone_card,
    import_backbone,
    load_backbone,
    own_names,
)
from medmeta_core.embedding.modules.positions import resampled
from medmeta_core.errors import BackboneError

timm = pytest.importorskip("timm")

PIXELS = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(3))
TRANSFORMER = "timm/vit_tiny_patch16_224"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def weights(name: str, **options: Any) -> tuple[nn.Module, dict[str, Tensor]]:
    torch.manual_seed(0)
    module = timm.create_model(name, **options).eval()
    return module, module.state_dict()


def imported(tensors: dict[str, Tensor], **declared: Any) -> ModelCard:
    request = {"name": "mine", "architecture": TRANSFORMER, "input_side": 64, **declared}
    return import_backbone(save(tensors), ImportRequest(**request))


def refusal(tensors: dict[str, Tensor], **declared: Any) -> BackboneError:
    with pytest.raises(BackboneError) as caught:
        imported(tensors, **declared)
    assert own_names() == ()
    return caught.value


@torch.no_grad()
def by_timm(module: nn.Module, mean: Any, std: Any) -> Tensor:
    """What the network hands to its classifier, by timm's own two calls."""
    pixels = (PIXELS - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    return F.normalize(
        module.forward_head(module.forward_features(pixels), pre_logits=True), dim=-1
    )


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("vit_tiny_patch16_224", {"img_size": 64}),
        ("deit_tiny_distilled_patch16_224", {"img_size": 64}),
        ("mobilenetv3_small_050", {}),
        ("convnext_atto", {}),
    ],
)
def test_an_imported_network_embeds_as_timm_itself(name: str, options: dict[str, Any]) -> None:
    module, tensors = weights(name, num_classes=7, **options)
    card = imported(tensors, architecture=f"timm/{name}")
    stated = module.pretrained_cfg
    embeddings = load_backbone("mine").network(PIXELS)
    torch.testing.assert_close(
        embeddings, by_timm(module, stated["mean"], stated["std"]), atol=1e-4, rtol=0
    )
    assert card == backbone_card("mine")
    case = analyse_pixels(PIXELS[0], adapt(tiny.support((2, 2)), backbone="mine"))
    assert case.explanation is not None


def test_a_transformer_is_explained_before_its_last_attention() -> None:
    card = imported(weights("vit_tiny_patch16_224", img_size=64)[1])
    layer = {"layer": "blocks.11.norm1", "kind": "tokens", "side": 4, "n_prefix": 1}
    assert card.saliency == layer
    case = analyse_pixels(PIXELS[0], adapt(tiny.support((2, 2)), backbone="mine"))
    assert case.explanation is not None
    assert case.explanation.peak > 0


def test_dinov2_at_another_side_has_its_positions_resampled_as_timm_does() -> None:
    from timm.layers import resample_abs_pos_embed

    positions = torch.rand(1, 37 * 37 + 1, 384)
    ours = resampled(positions, (1, 65, 384))
    theirs = resample_abs_pos_embed(positions, [8, 8], [37, 37], num_prefix_tokens=1)
    torch.testing.assert_close(ours, theirs)
    name = "vit_small_patch14_dinov2"
    tensors = weights(name, img_size=112, num_classes=0)[1]
    large = tensors | {"pos_embed": positions, "mask_token": torch.zeros(1, 384)}
    imported(large, architecture=f"timm/{name}", input_side=112)
    body = load_backbone("mine").network.body[0].module
    torch.testing.assert_close(body.pos_embed, theirs, atol=1e-3, rtol=0)


def test_options_of_the_constructor_stand_in_the_architecture() -> None:
    _, tensors = weights("vit_tiny_patch16_224", img_size=64, init_values=1e-5, num_classes=0)
    assert refusal(tensors).rule == "tensors-foreign"
    imported(tensors, architecture=f"{TRANSFORMER}[init_values=1e-5]")
    assert "blocks.0.ls1.gamma" in dict(
        load_backbone("mine").network.body[0].module.named_parameters()
    )


def test_mean_and_std_of_the_training_can_be_stated() -> None:
    module, tensors = weights("mobilenetv3_small_050", num_classes=0)
    mean, std = (0.1, 0.2, 0.3), (0.4, 0.5, 0.6)
    imported(tensors, architecture="timm/mobilenetv3_small_050", mean=mean, std=std)
    embeddings = load_backbone("mine").network(PIXELS)
    torch.testing.assert_close(embeddings, by_timm(module, mean, std), atol=1e-4, rtol=0)


def test_a_file_that_does_not_fit_is_refused_by_its_header() -> None:
    _, tensors = weights("vit_tiny_patch16_224", img_size=64, num_classes=0)
    lacking = {name: one for name, one in tensors.items() if name != "norm.weight"}
    assert "1 tensors are missing, such as norm.weight" in str(refusal(lacking))
    assert "1 tensors belong to no part" in str(refusal(tensors | {"more": torch.zeros(1)}))
    wide = tensors | {"norm.weight": torch.ones(200)}
    assert "norm.weight: expected (192,), found (200,)" in str(refusal(wide))
    off = tensors | {"pos_embed": torch.zeros(1, 18, 192)}
    assert refusal(off).rule == "tensor-shape"  # 17 patches are no square
    infinite = tensors | {"norm.weight": torch.full((192,), torch.inf)}
    assert refusal(infinite).rule == "not-finite"


@pytest.mark.parametrize(
    "architecture",
    [
        "timm/no_such_network",
        "timm/hf-hub:someone/network",  # asks a server
        "timm/../resnet18",
        f"{TRANSFORMER}[pretrained=true]",
        f"{TRANSFORMER}[init_values=much]",
        f"{TRANSFORMER}[init_values=1e-5,]x",
        "timm/",
    ],
)
def test_only_names_and_options_that_are_known_are_taken(architecture: str) -> None:
    rule = refusal({"a": torch.zeros(1)}, architecture=architecture).rule
    assert rule == (
        "timm-options" if architecture.endswith(("true]", "much]")) else "timm-architecture"
    )


def test_a_side_that_the_patches_do_not_divide_is_refused() -> None:
    tensors = {"a": torch.zeros(1)}
    error = refusal(tensors, architecture="timm/swin_tiny_patch4_window7_224", input_side=33)
    assert error.rule in ("timm-side", "tensors-missing")


def test_mean_and_std_must_be_three_numbers() -> None:
    _, tensors = weights("mobilenetv3_small_050", num_classes=0)
    options = {"architecture": "timm/mobilenetv3_small_050"}
    assert refusal(tensors, std=(0.1, 0.0, 0.1), **options).rule == "channel-spread"
    assert refusal(tensors, mean=(0.1, 0.2), **options).rule == "channel-statistics"


def test_without_timm_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    error = refusal({"a": torch.zeros(1)})
    assert error.rule == "timm-missing"
    assert "medmeta[timm]" in str(error)
