import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from published_weights import random_network
from safetensors.torch import save
from torch import Tensor, nn
from torchvision.models.feature_extraction import create_feature_extractor

from medmeta_core.embedding import (
    EmbeddingNetwork,
    ImportRequest,
    ModelCard,
    backbone_card,
    backbone_names,
    import_backbone,
    load_backbone,
    own_names,
    remove_backbone,
    shipped_names,
    sweep_backbones,
    write_backbone,
)
from medmeta_core.embedding.base_statistics import POWER
from medmeta_core.embedding.torchvision_bodies import WHOLE_NETWORKS
from medmeta_core.errors import BackboneError
from medmeta_core.private_files import unfinished_folder

PIXELS = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(3))
SMALL = "mobilenet_v3_large"
UNFIT = ("tensors-missing", "tensors-foreign", "tensor-shape")
BEFORE_HEAD = {"convnext_tiny": "classifier.1", "swin_t": "flatten"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return random_network(SMALL).state_dict()


def imported(tensors: dict[str, Tensor], **declared: object) -> ModelCard:
    request = {"name": "mine", "architecture": SMALL, "input_side": 32, **declared}
    return import_backbone(save(tensors), ImportRequest(**request))  # type: ignore[arg-type]


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(BackboneError) as refused:
        act()
    return refused.value.rule


@torch.no_grad()
def own_features(whole: nn.Module, architecture: str, pixels: Tensor) -> Tensor:
    """What the network itself hands to its classifier, by torchvision's own extractor."""
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1).to(pixels)
    std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1).to(pixels)
    node = BEFORE_HEAD.get(architecture, "flatten")
    features = create_feature_extractor(whole, [node])((pixels - mean) / std)[node]
    return torch.nn.functional.normalize(features.flatten(1), dim=-1)


@pytest.mark.parametrize("architecture", WHOLE_NETWORKS)
def test_an_imported_network_embeds_as_torchvision_itself(architecture: str) -> None:
    """At 32 px the maps have one place, where ConvNeXt's norm before and after the mean agree."""
    whole = random_network(architecture)
    imported(whole.state_dict(), architecture=architecture)
    network = copy.deepcopy(load_backbone("mine").network).double()  # random norms amplify rounding
    embedded = network(PIXELS.double())
    torch.testing.assert_close(
        embedded, own_features(whole.double(), architecture, PIXELS.double())
    )
    assert not torch.allclose(embedded[0], embedded[1], atol=1e-3)


def test_its_card_tells_digest_origin_and_that_nobody_measured_it(
    weights: dict[str, Tensor], home: Path
) -> None:
    card = imported(weights, origin="  University, CC BY 4.0 ")
    assert card == backbone_card("mine")
    assert (card.architecture, card.input_side, card.unit_length) == (SMALL, 32, True)
    assert card.facts["origin"] == "University, CC BY 4.0"
    assert len(card.facts["source_sha256"]) == len(card.sha256) == 64
    assert sorted(path.name for path in (home / "backbones").iterdir()) == [
        "mine.json",
        "mine.safetensors",
    ]


def test_it_stands_behind_the_shipped_ones_until_it_is_removed(
    weights: dict[str, Tensor], home: Path
) -> None:
    imported(weights)
    assert backbone_names()[-1] == "mine"
    assert own_names() == ("mine",)
    remove_backbone("mine")
    assert backbone_names() == tuple(name for name in backbone_names() if name in shipped_names())
    assert list((home / "backbones").iterdir()) == []
    assert refusal(lambda: load_backbone("mine")) == "unknown-backbone"


def test_another_one_of_the_same_name_is_not_taken_for_the_first(
    weights: dict[str, Tensor],
) -> None:
    imported(weights)
    first = load_backbone("mine").network(PIXELS)
    remove_backbone("mine")
    imported(random_network(SMALL, seed=1).state_dict())
    assert not torch.allclose(load_backbone("mine").network(PIXELS), first, atol=1e-3)


def test_what_meta_training_wrote_is_imported_with_its_base_statistics(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = EmbeddingNetwork("conv4", 32)
    network.base_mean.fill_(0.25)
    network.base_power.fill_(0.5)
    network.mean.fill_(0.375)
    card = ModelCard("trained", "conv4", 32, "")
    write_backbone(tmp_path, network, card, torch.ones(network.n_features))
    content = (tmp_path / "trained.safetensors").read_bytes()
    import_backbone(content, ImportRequest("mine", "conv4", 32))
    backbone = load_backbone("mine")
    assert torch.equal(backbone.network.base_mean, network.base_mean)
    assert float(backbone.network.base_power) == 0.5
    assert torch.equal(backbone.network.mean, network.mean)
    assert torch.equal(backbone.initial_head, torch.ones(network.n_features))


def test_what_was_written_before_powers_is_imported_with_none(tmp_path: Path) -> None:
    network = EmbeddingNetwork("conv4", 32)
    older = {name: tensor for name, tensor in network.state_dict().items() if name != POWER}
    import_backbone(save(older), ImportRequest("mine", "conv4", 32))
    assert float(load_backbone("mine").network.base_power) == 1


@pytest.mark.parametrize("power", [0.0, -0.5, 2.0])
def test_a_power_that_no_training_writes_is_not_imported(power: float) -> None:
    network = EmbeddingNetwork("conv4", 32)
    network.base_power.fill_(power)
    content = save(network.state_dict())
    assert refusal(lambda: import_backbone(content, ImportRequest("mine", "conv4", 32)))
    assert own_names() == ()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("medmeta-resnet18", "backbone-name-reserved"),
        ("torchvision-resnet18", "backbone-name-reserved"),
        ("../mine", "backbone-name"),
        ("", "backbone-name"),
        ("Mine", "backbone-name"),
        ("m" * 49, "backbone-name"),
        ("con\n", "backbone-name"),
        ("mine.relation", "backbone-name"),
    ],
)
def test_a_name_that_could_shadow_or_leave_the_folder_is_refused(
    weights: dict[str, Tensor], name: str, rule: str
) -> None:
    assert refusal(lambda: imported(weights, name=name)) == rule


def test_a_name_is_given_once(weights: dict[str, Tensor]) -> None:
    imported(weights)
    assert refusal(lambda: imported(weights)) == "backbone-taken"


def test_a_file_slipped_in_under_a_shipped_name_is_passed_over(
    weights: dict[str, Tensor], home: Path
) -> None:
    shipped = backbone_card("medmeta-resnet18")
    imported(weights)
    for suffix in (".json", ".safetensors"):
        mine = (home / "backbones" / "mine").with_suffix(suffix)
        mine.rename(mine.with_stem("medmeta-resnet18"))
    assert own_names() == ()
    assert backbone_card("medmeta-resnet18") == shipped


FIRST = "features.0.0.weight"


@pytest.mark.parametrize(
    "change",
    [
        lambda w: {FIRST: w[FIRST].flatten()},
        lambda w: {FIRST: w[FIRST][:, :1].contiguous()},
        lambda w: {"foreign.weight": torch.zeros(1)},
        lambda w: {"body.0.0.weight": torch.zeros(1)},
    ],
    ids=["flat", "one channel", "foreign tensor", "names of both kinds"],
)
def test_weights_of_another_shape_are_refused(
    weights: dict[str, Tensor], change: Callable[[dict[str, Tensor]], dict[str, Tensor]]
) -> None:
    assert refusal(lambda: imported({**weights, **change(weights)})) in (
        "tensors-missing",
        "tensors-foreign",
        "tensor-shape",
    )


def test_a_missing_tensor_is_named(weights: dict[str, Tensor]) -> None:
    fewer = {key: value for key, value in weights.items() if key != FIRST}
    with pytest.raises(BackboneError, match=r"1 tensors are missing, such as features\.0\.0"):
        imported(fewer)


def test_the_classifier_may_be_missing_or_another(weights: dict[str, Tensor]) -> None:
    body = {key: value for key, value in weights.items() if not key.startswith("classifier.")}
    assert imported(body).name == "mine"
    assert imported({**body, "classifier.weight": torch.ones(2)}, name="other").name == "other"


def test_a_network_that_answers_nonsense_is_refused_and_leaves_nothing(
    weights: dict[str, Tensor], home: Path
) -> None:
    variance = "features.0.1.running_var"
    broken = {**weights, variance: torch.full_like(weights[variance], -1.0)}
    assert refusal(lambda: imported(broken)) == "no-embedding"
    assert list((home / "backbones").iterdir()) == []


@pytest.mark.parametrize(
    ("declared", "rule"),
    [
        ({"architecture": "vgg11"}, "unknown-architecture"),
        ({"architecture": "conv4"}, "no-torchvision-names"),
        ({"architecture": "resnet18"}, "tensors-missing"),
        ({"input_side": 8}, "input-side"),
        ({"input_side": 4000}, "input-side"),
    ],
)
def test_what_the_user_says_of_the_file_is_checked(
    weights: dict[str, Tensor], declared: dict[str, object], rule: str
) -> None:
    assert refusal(lambda: imported(weights, **declared)) == rule


def test_what_a_file_calls_its_tensors_is_not_repeated(weights: dict[str, Tensor]) -> None:
    name = "![](http://beacon.invalid/a)"
    for change in ({name: torch.zeros(1)}, {name: torch.zeros(1, dtype=torch.int8)}):
        with pytest.raises(BackboneError) as refused:
            imported({**weights, **change})
        assert "beacon" not in str(refused.value)


def test_a_large_file_that_does_not_fit_is_not_loaded(tmp_path: Path) -> None:
    """Its numbers, 240 MB of them, never come into this process."""
    n_bytes = 240 * 2**20
    entry = {"dtype": "F32", "shape": [n_bytes // 4], "data_offsets": [0, n_bytes]}
    header = json.dumps({"conv1.weight": entry}).encode()
    file = tmp_path / "large.safetensors"
    with file.open("wb") as out:
        out.write(len(header).to_bytes(8, "little") + header)
        out.truncate(8 + len(header) + n_bytes)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = resident("VmRSS")
    assert (
        refusal(lambda: import_backbone(file, ImportRequest("mine", "resnet18")))
        == "tensors-missing"
    )
    assert resident("VmHWM") - before < 64 * 2**20


def resident(which: str) -> int:
    """Bytes, of proc(5)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(which)).split()[1]) * 1024


def test_what_a_killed_import_left_is_swept_and_what_is_at_work_is_not(
    weights: dict[str, Tensor], home: Path
) -> None:
    unfinished = home / "backbones" / "tmpx.part"
    unfinished.mkdir(parents=True)
    (unfinished / "mine.safetensors").write_bytes(b"half of it")
    with unfinished_folder(home / "backbones") as at_work:
        sweep_backbones()
        assert sorted(path.name for path in (home / "backbones").iterdir()) == [at_work.name]
    assert list((home / "backbones").iterdir()) == []


def test_a_shipped_backbone_cannot_be_removed() -> None:
    assert refusal(lambda: remove_backbone("medmeta-resnet18")) == "backbone-shipped"
    assert refusal(lambda: remove_backbone("../medmeta")) == "unknown-own-backbone"


def test_a_folder_that_cannot_be_written_is_reported(
    weights: dict[str, Tensor], home: Path
) -> None:
    home.write_text("a file where the folder should be")
    assert refusal(lambda: imported(weights)) == "backbone-unwritten"
