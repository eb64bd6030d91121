"""`Backbone.from_module`: any module embeds, adapts and explains, or is refused with the reason."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import tiny
import torch
import torch.nn.functional as F
from pytorch_grad_cam import GradCAM
from torch import Tensor, nn
from torchvision import models

from medmeta_core.analysis import adapt, analyse_pixels
from medmeta_core.embedding import Backbone
from medmeta_core.embedding.modules.layout import layout_of
from medmeta_core.episodes import SupportSet
from medmeta_core.errors import BackboneError, MedMetaError
from medmeta_core.explanation.grad_cam import ScoreAboveMean, grad_cam
from medmeta_core.methods import METHODS

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SUPPORT = tiny.support((5, 5))
QUERY = tiny.stripes(1, 5, seed=9)[0]


def timm_package() -> Any:
    """The package, an extra; a test that asks for it is skipped where it is not installed."""
    return pytest.importorskip("timm")


def backbone(module: nn.Module, **options: Any) -> Backbone:
    return Backbone.from_module(module, **{"input_side": 32, "mean": MEAN, "std": STD} | options)


def transformer(**options: Any) -> nn.Module:
    """A small vision transformer of timm: 4 x 4 patches of 8 px."""
    torch.manual_seed(0)
    whole = {"patch_size": 8, "embed_dim": 24, "depth": 2, "num_heads": 3, "num_classes": 0}
    return timm_package().models.vision_transformer.VisionTransformer(
        img_size=32, **whole | options
    )


def refusal(module: nn.Module, **options: Any) -> str:
    with pytest.raises(BackboneError) as caught:
        backbone(module, **options)
    return caught.value.rule


class Returns(nn.Module):
    """Convolved maps (n, 6, 4, 4) in another form."""

    def __init__(self, form: Callable[[Tensor], Any]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.form = nn.Conv2d(3, 6, 8, 8), form

    def forward(self, pixels: Tensor) -> Any:
        return self.form(self.conv(pixels))

    def expected(self, maps_to_vector: Callable[[Tensor], Tensor]) -> Tensor:
        """The embedding of QUERY by hand."""
        pixels = (QUERY[None] - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
        with torch.no_grad():
            return F.normalize(maps_to_vector(self.conv(pixels)), dim=-1)


class Named(NamedTuple):
    features: Tensor
    other: int


def mean(maps: Tensor) -> Tensor:
    return maps.mean((2, 3))


def tokens(maps: Tensor) -> Tensor:
    return maps.flatten(2).transpose(1, 2)


def with_class_token(maps: Tensor) -> Tensor:
    return torch.cat([maps.amax((2, 3))[:, None], tokens(maps)], 1)


FORMS: dict[str, tuple[Callable[[Tensor], Any], Callable[[Tensor], Tensor]]] = {
    "(n, d)": (mean, mean),
    "(n, d, h, w)": (lambda maps: maps, mean),
    "(n, h, w, d)": (lambda maps: maps.permute(0, 2, 3, 1), mean),
    "(n, tokens, d)": (tokens, mean),
    "a class token first": (with_class_token, lambda maps: maps.amax((2, 3))),
    "a tuple": (lambda maps: (mean(maps), None), mean),
    "a named tuple": (lambda maps: Named(mean(maps), 3), mean),
    "a dict": (lambda maps: {"last_hidden_state": maps, "pooler_output": mean(maps)}, mean),
    "a dict of one": (lambda maps: {"anything": mean(maps)}, mean),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_embedding_is_what_the_module_returns_in_any_form(form: str) -> None:
    make, by_hand = FORMS[form]
    module = Returns(make)
    embedding = backbone(module).embed(QUERY[None])
    torch.testing.assert_close(embedding, module.expected(by_hand))


def test_the_entry_that_holds_the_features_can_be_named_or_taken_out() -> None:
    module = Returns(lambda maps: {"one": mean(maps), "two": maps.amax((2, 3))})
    assert refusal(module) == "module-output"
    two = module.expected(lambda maps: maps.amax((2, 3)))
    for output in ("two", lambda returned: returned["two"]):
        torch.testing.assert_close(backbone(module, output=output).embed(QUERY[None]), two)
    assert refusal(module, output="three") == "module-output"
    named = Returns(lambda maps: Named(mean(maps), 3))
    assert backbone(named, output="features").n_features == 6


def test_a_model_output_of_transformers_is_a_mapping() -> None:
    class ModelOutput(dict[str, Tensor]):  # as transformers has it: a dict with attributes
        __getattr__ = dict.__getitem__

    module = Returns(lambda maps: ModelOutput(last_hidden_state=tokens(maps)))
    torch.testing.assert_close(backbone(module).embed(QUERY[None]), module.expected(mean))


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        (lambda maps: "text", "module-output"),
        (lambda maps: (), "module-output"),
        (lambda maps: maps.mean((1, 2, 3)), "module-output-shape"),
        (lambda maps: maps[..., None], "module-output-shape"),
        (lambda maps: mean(maps)[:1], "module-output-rows"),
        (lambda maps: maps[..., :3], "places-not-square"),
        (lambda maps: mean(maps) * torch.nan, "no-embedding"),
        (lambda maps: mean(maps) * 0, "no-embedding"),
        (lambda maps: mean(F.dropout(maps, 0.5, training=True)), "module-random"),
        (lambda maps: mean(maps) - mean(maps).mean(0), "module-batch"),
        (lambda maps: mean(F.batch_norm(maps, None, None, training=True)), "module-batch"),
        (lambda maps: maps.view(-1, 7), "module-input"),
    ],
)
def test_what_is_no_backbone_is_refused_by_rule(form: Callable[[Tensor], Any], rule: str) -> None:
    assert refusal(Returns(form)) == rule


def test_statistics_side_and_layer_are_checked() -> None:
    module = Returns(mean)
    assert refusal(module, mean=None) == "module-statistics"
    assert refusal(module, std=(0.2, 0.2)) == "channel-statistics"
    assert refusal(module, mean=(0.2, 0.2, float("nan"))) == "channel-statistics"
    assert refusal(module, std=(0.2, 0.0, 0.2)) == "channel-spread"
    assert refusal(module, input_side=8) == "input-side"
    assert refusal(module, saliency_layer="no.such") == "saliency-layer-unknown"
    long = Returns(lambda maps: mean(maps))
    long.add_module("form_of", nn.Identity())
    assert refusal(long, saliency_layer="form_of") == "saliency-layer-calls"  # it is never called


def test_what_timm_states_of_a_module_need_not_be_repeated() -> None:
    module = timm_package().create_model("resnet18", num_classes=0)
    wrapped = Backbone.from_module(module, input_side=32)
    assert wrapped.network.mean.flatten().tolist() == pytest.approx(module.pretrained_cfg["mean"])
    assert wrapped.n_features == 512


def test_the_module_itself_stays_as_it_is_and_the_backbone_too() -> None:
    module = nn.Sequential(nn.Conv2d(3, 6, 8, 8), nn.BatchNorm2d(6), nn.Dropout()).double().train()
    wrapped = backbone(module)
    before = wrapped.embed_float32(QUERY[None])
    assert module.training
    assert module[0].weight.requires_grad
    assert module[0].weight.dtype == torch.float64
    assert not any(layer._forward_hooks for layer in module.modules())
    assert not module[1].num_batches_tracked
    with torch.no_grad():
        module[0].weight.zero_()
    assert torch.equal(wrapped.embed_float32(QUERY[None]), before)


def test_the_digest_tells_other_weights_and_other_statistics() -> None:
    module = Returns(mean)
    one, same = backbone(module), backbone(module)
    assert one.card.sha256 == same.card.sha256
    other = backbone(module, mean=(0.5, 0.5, 0.5))
    assert other.card.sha256 != one.card.sha256
    assert backbone(module, mean=np.full(3, 0.5)).card.sha256 == other.card.sha256
    with torch.no_grad():
        module.conv.bias.add_(1)
    assert backbone(module).card.sha256 != one.card.sha256


@pytest.mark.parametrize(
    ("options", "layer", "n_prefix"),
    [
        ({}, "blocks.1.norm1", 1),
        ({"reg_tokens": 4}, "blocks.1.norm1", 5),
        ({"class_token": False, "global_pool": "avg"}, "blocks", 0),
    ],
)
def test_the_heat_map_of_a_transformer_is_that_of_grad_cam_with_its_tokens_reshaped(
    options: dict[str, Any], layer: str, n_prefix: int
) -> None:
    wrapped = backbone(transformer(**options))
    module = wrapped.network.body[0].module
    assert [name for name, one in module.named_modules() if one._forward_hooks] == [layer]
    classifier = adapt(SUPPORT, method="ridge", backbone=wrapped).classifier
    explanation = grad_cam(classifier, QUERY, "condition 1")

    def reshaped(activations: Tensor) -> Tensor:
        return activations[:, n_prefix:].transpose(1, 2).reshape(1, 24, 4, 4)

    module.get_submodule(layer)._forward_hooks.clear()
    network = classifier.network.requires_grad_(True)
    with GradCAM(network, [module.get_submodule(layer)], reshaped) as cam:
        cam(QUERY[None], [ScoreAboveMean(1)])
        hooks = cam.activations_and_grads
        activations, gradients = hooks.activations[0], hooks.gradients[0]
    weights = gradients.mean((2, 3), keepdim=True)  # equation 1
    expected = F.relu((weights * activations).sum(1)[0])  # equation 2
    assert explanation.peak == pytest.approx(float(expected.max()), rel=1e-4)
    assert explanation.peak > 0
    scaled = F.interpolate((expected / expected.max())[None, None], (32, 32), mode="bicubic")
    np.testing.assert_allclose(explanation.heat_map, scaled[0, 0].clamp(0, 1).numpy(), atol=1e-4)


@pytest.mark.parametrize(
    ("make", "layer"),
    [
        (lambda: models.resnet18(), "layer4"),
        (lambda: models.densenet121(), "features"),  # what follows works in place
        (lambda: timm_package().create_model("resnet18", num_classes=0), "layer4"),
        (
            lambda: timm_package().create_model("swin_s3_tiny_224", num_classes=0, img_size=64),
            "norm",
        ),
    ],
)
def test_networks_are_explained_at_their_last_layer_with_places(
    make: Callable[[], nn.Module], layer: str
) -> None:
    torch.manual_seed(0)
    wrapped = backbone(make(), input_side=64)
    module = wrapped.network.body[0].module
    assert [name for name, one in module.named_modules() if one._forward_hooks] == [layer]
    explanation = analyse_pixels(QUERY, adapt(SUPPORT, backbone=wrapped)).explanation
    assert explanation is not None
    assert explanation.heat_map.shape == (32, 32)


def test_a_layer_can_be_named() -> None:
    wrapped = backbone(models.resnet18(), input_side=64, saliency_layer="layer3")
    assert wrapped.network.body[0].places.layout.side == 4
    assert refusal(models.resnet18(), input_side=64, saliency_layer="fc") == "saliency-layer-places"


def test_a_module_without_places_answers_and_says_why_it_has_no_heat_map() -> None:
    torch.manual_seed(0)
    flat = backbone(nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 8)))
    adaptation = adapt(SUPPORT, backbone=flat)
    analysis = analyse_pixels(QUERY, adaptation, with_heat_map=False).prediction
    assert sum(analysis.probabilities) == pytest.approx(1)
    with pytest.raises(MedMetaError, match="no layer with spatial positions") as caught:
        analyse_pixels(QUERY, adaptation)
    assert caught.value.rule == "no-saliency-layer"


@pytest.mark.parametrize("kind", ["transformer", "network"])
@pytest.mark.parametrize(
    "name", [name for name in METHODS if name not in ("relation", "matching-fce")]
)
def test_every_method_that_needs_no_weights_of_its_own_works_on_a_module(
    name: str, kind: str
) -> None:
    module = transformer() if kind == "transformer" else Returns(lambda maps: maps)
    wrapped = backbone(module, name="mine")
    adaptation = adapt(SUPPORT, method=name, backbone=wrapped)
    case = analyse_pixels(QUERY, adaptation)
    again = analyse_pixels(QUERY, adaptation).prediction
    assert adaptation.backbone == "mine"
    assert sum(case.prediction.probabilities) == pytest.approx(1)
    assert case.prediction.probabilities == again.probabilities
    assert adaptation.cross_validation.n_evaluated == 10


def test_methods_that_need_weights_of_their_own_say_so() -> None:
    with pytest.raises(BackboneError, match="needs weights trained for it"):
        adapt(SUPPORT, method="relation", backbone=backbone(Returns(mean)))


def test_a_layout_gives_back_what_it_took() -> None:
    for shape in ((2, 5, 3, 3), (2, 3, 3, 5), (2, 9, 5), (2, 12, 5)):
        output = torch.rand(shape)
        layout = layout_of(shape, n_prefix=3 if shape[1] == 12 else None)
        assert layout is not None
        assert layout.maps(output).shape == (2, 5, 3, 3)
        assert torch.equal(layout.restored(layout.maps(output), output), output)


def blobs(n: int, n_cells: int, *, side: int, seed: int) -> Tensor:
    """Pictures (n, 3, side, side) in [0, 1] of coloured blobs, `n_cells` of them a side."""
    cells = torch.rand(n, 3, n_cells, n_cells, generator=torch.Generator().manual_seed(seed))
    return F.interpolate(cells, (side, side), mode="bicubic").clamp(0, 1)


def with_batch_statistics(module: nn.Module, side: int) -> nn.Module:
    """The module as after a training: its batch statistics are those of pictures."""
    module.train()
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None  # the mean over all batches, from the first on
            layer.reset_running_stats()
    with torch.no_grad():
        module(torch.cat([blobs(8, 4, side=side, seed=1), blobs(8, 9, side=side, seed=2)]) - 0.45)
    return module.eval()


def distilled(n_classes: int) -> nn.Module:
    """A small distilled DeiT: a class token and one of distillation before 4 x 4 patches."""
    torch.manual_seed(0)
    small = {"patch_size": 8, "embed_dim": 24, "depth": 2, "num_heads": 3}
    return timm_package().models.deit.VisionTransformerDistilled(
        img_size=32, num_classes=n_classes, **small
    )


def shufflenet() -> nn.Module:
    torch.manual_seed(0)
    return with_batch_statistics(models.shufflenet_v2_x0_5(), 64)


def inception() -> nn.Module:
    torch.manual_seed(0)
    return with_batch_statistics(models.inception_v3(init_weights=False, aux_logits=False), 96)


MADE: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "distilled DeiT": (lambda: distilled(0), 32),
    "distilled DeiT with its heads": (lambda: distilled(5), 32),
    "ShuffleNet": (shufflenet, 64),
    "Inception v3": (inception, 96),
}


@pytest.mark.parametrize("name", MADE)
def test_heat_maps_of_both_conditions_have_places(name: str) -> None:
    make, side = MADE[name]
    pixels = torch.cat([blobs(3, 4, side=side, seed=5), blobs(3, 9, side=side, seed=6)])
    support = SupportSet(pixels, [0, 0, 0, 1, 1, 1], ("coarse", "fine"))
    adapted = adapt(support, backbone=backbone(make(), input_side=side))
    query = blobs(1, 5, side=side, seed=45)[0]
    maps = [grad_cam(adapted.classifier, query, which) for which in support.conditions]
    assert min(one.peak for one in maps) > 1e-3
    assert not np.allclose(maps[0].heat_map, maps[1].heat_map)


def test_a_network_that_hardly_tells_pictures_apart_is_told_of() -> None:
    torch.manual_seed(0)
    with pytest.warns(UserWarning, match="heat maps are faint or blank"):
        wrapped = backbone(models.shufflenet_v2_x0_5(), input_side=64)
    assert any("faint or blank" in limit for limit in wrapped.card.facts["limits"])


def test_a_network_that_answers_all_pictures_alike_is_refused() -> None:
    assert refusal(Returns(lambda maps: torch.ones(len(maps), 6))) == "embedding-constant"
    torch.manual_seed(0)
    untrained = models.inception_v3(init_weights=False)
    assert refusal(untrained, input_side=96) == "embedding-constant"


def test_what_is_no_module_is_refused() -> None:
    assert refusal("not a module") == "module-type"  # type: ignore[arg-type]
    assert refusal(Returns(lambda maps: maps), mean="abc") == "channel-statistics"
