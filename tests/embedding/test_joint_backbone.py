"""A backbone of several networks and views: what it computes, writes, reads and refuses."""

import json
import pickle
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from joint_backbones import ALL, joint_card, written
from safetensors.torch import load_file, save, save_file

from medmeta_core.embedding import (
    Backbone,
    ImportRequest,
    import_backbone,
    load_backbone,
    own_names,
    read_backbone,
    remove_backbone,
)
from medmeta_core.embedding.files.locations import own_folder
from medmeta_core.embedding.joint.joint_network import JointNetwork
from medmeta_core.embedding.joint.views import VIEWS, joined_views, views_of
from medmeta_core.errors import BackboneError
from medmeta_core.explanation import grad_cam
from medmeta_core.explanation.joint_grad_cam import joined_map
from medmeta_core.methods import METHODS
from medmeta_core.methods.fine_tuning import all_layers
from medmeta_core.selection import fit_on, method_on
from tests import tiny


@pytest.fixture(scope="module")
def joint(tmp_path_factory: pytest.TempPathFactory) -> Backbone:
    """Two networks, one with three views and twice the weight."""
    return read_backbone(joint_card(tmp_path_factory.mktemp("joint")))


def test_an_embedding_is_that_of_each_network_centred_weighted_and_side_by_side(
    joint: Backbone,
) -> None:
    """By hand: mean over views, statistics of each network, weights 2 and 1 over their length."""
    pixels = torch.rand(3, 3, 60, 60)
    network = joint.network
    assert isinstance(network, JointNetwork)
    first, second = network.networks()
    resized = F.interpolate(pixels, (32, 32), mode="bilinear", antialias=True)
    centre = F.interpolate(pixels[..., 6:54, 6:54], (32, 32), mode="bilinear", antialias=True)
    views = (resized, resized.flip(-1), centre)
    features = torch.stack([first.network.pooled(view) for view in views]).mean(0)
    one = F.normalize((features - first.base_mean) @ first.base_whitening, dim=-1)
    other = F.normalize(
        (second.network.pooled(pixels) - second.base_mean) @ second.base_whitening, dim=-1
    )
    expected = torch.cat([2 * one, other], 1) / 5**0.5
    torch.testing.assert_close(network(pixels), expected)
    torch.testing.assert_close(joint.embed_float32(pixels), expected, atol=2e-4, rtol=1e-3)
    torch.testing.assert_close(expected.norm(dim=1), torch.ones(3))


def test_views_go_back_to_where_they_lie() -> None:
    """A spot of the picture stands at its place in the map that its views are joined to."""
    pixels = torch.zeros(1, 3, 40, 40)
    pixels[..., 8:12, 28:32] = 1
    views = views_of(pixels, ALL, 40).mean(1)
    joined = joined_views(views, ALL, 40)
    peak = divmod(int(joined.argmax()), 40)
    assert abs(peak[0] - 9.5) <= 1
    assert abs(peak[1] - 29.5) <= 1
    assert joined[20:].max() < 0.05
    assert joined[:, :20].max() < 0.05
    for name in ALL:
        alone = VIEWS[name].back(views_of(pixels, (name,), 40).mean(1))[0]
        assert alone.sum() == pytest.approx(16, rel=0.2)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_method_without_weights_of_its_own_serves_it(name: str, joint: Backbone) -> None:
    """It fits, answers, and explains; a method that lacks its weights says so."""
    support = tiny.support()
    if METHODS[name].part in ("relation", "matching-fce"):
        with pytest.raises(BackboneError):
            fit_on(method_on(name, joint), support)
        return
    classifier = fit_on(method_on(name, joint), support)
    probabilities = classifier.predict_proba(support.pixels)
    torch.testing.assert_close(probabilities.sum(1), torch.ones(9).double())
    heat_map = grad_cam(classifier, support.pixels[0], "condition 0").heat_map
    assert heat_map.shape == (32, 32)


def test_what_is_adapted_moves_every_network(joint: Backbone) -> None:
    """The tails of all networks give the embeddings of the whole, and its names for all weights."""
    pixels = torch.rand(2, 3, 40, 40)
    suffix = all_layers(joint.network, pixels)
    torch.testing.assert_close(suffix.network(suffix.inputs), joint.network(pixels))
    moved = {name: value + 0.1 for name, value in suffix.moving.items()}
    whole = suffix.whole(joint.network, moved)
    torch.testing.assert_close(
        torch.func.functional_call(suffix.network, moved, (suffix.inputs,)), whole(pixels)
    )
    assert {name.split(".")[1] for name in suffix.names.values()} == {"0", "1"}


def test_a_network_that_lowers_the_score_is_left_out_of_the_map(joint: Backbone) -> None:
    network = joint.network
    assert isinstance(network, JointNetwork)
    maps = [torch.rand(3, 4, 4), torch.rand(1, 6, 6)]
    one = joined_map(network, maps, torch.tensor([0.5, -0.2]))
    torch.testing.assert_close(one, joined_map(network, maps, torch.tensor([0.5, 0.0])))


def test_a_map_sums_to_the_shares_of_the_score_and_faint_evidence_is_faint(
    joint: Backbone,
) -> None:
    """Over the places of each layer: 16 of the first network, 36 of the second."""
    network = joint.network
    assert isinstance(network, JointNetwork)
    maps = [torch.rand(3, 4, 4), torch.rand(1, 6, 6)]
    both = joined_map(network, maps, torch.tensor([0.5, 0.2]))
    assert both.mean() == pytest.approx(0.5 / 16 + 0.2 / 36, rel=1e-4)
    faint = joined_map(network, maps, torch.tensor([0.5, 0.2]) * 1e-3)
    torch.testing.assert_close(faint, both * 1e-3)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("member", "weights-altered"),
        ("other-member", "member-changed"),
        ("card", "card-members"),
        ("view", "card-members"),
        ("statistics", "weights-altered"),
    ],
)
def test_what_was_altered_is_refused(change: str, rule: str, tmp_path: Path) -> None:
    """A member's weights, the members stated, and the statistics are all vouched for."""
    card = joint_card(tmp_path)
    stated = json.loads(card.read_text())
    if change == "member":
        path = tmp_path / "first.safetensors"
        path.write_bytes(path.read_bytes()[:-2] + b"\x00\x3c")
    elif change == "other-member":
        written(tmp_path, "first", 32, seed=7)
    elif change == "card":
        stated["members"][0]["weight"] = 3.0
    elif change == "view":
        stated["members"][0]["views"] = ["upside down"]
    else:
        content = load_file(tmp_path / "both.safetensors")
        content["0.base_mean"] += 1
        save_file(content, tmp_path / "both.safetensors")
    card.write_text(json.dumps(stated))
    with pytest.raises(BackboneError) as refused:
        read_backbone(card)
    assert refused.value.rule == rule


def test_a_joint_backbone_pickles(joint: Backbone) -> None:
    """The copy embeds as the original."""
    copy = pickle.loads(pickle.dumps(joint))  # noqa: S301
    pixels = torch.rand(2, 3, 48, 48)
    torch.testing.assert_close(copy.embed_float32(pixels), joint.embed_float32(pixels))


@pytest.mark.parametrize(
    "members",
    [
        [],
        {"name": "first"},
        ["first"],
        [{"name": "first"}],
        [{"name": "first", "sha256": "", "weight": "2"}],
        [{"name": "first", "sha256": "", "weight": float("nan")}],
        [{"name": "first", "sha256": "", "weight": 0}],
        [{"name": "first", "sha256": "", "weight": True}],
        [{"name": "first", "sha256": "", "views": [["whole"]]}],
        [{"name": "first", "sha256": "", "views": ["whole", "whole"]}],
        [{"name": "first", "sha256": "", "views": []}],
        [{"name": "../first", "sha256": ""}],
        [{"name": "both", "sha256": ""}],
        [{"name": "first", "sha256": "", "colour": "red"}],
        [{"name": "first", "sha256": ""}, {"name": "first", "sha256": ""}],
    ],
)
def test_a_card_that_states_no_sound_members_is_refused(members: object, tmp_path: Path) -> None:
    card = joint_card(tmp_path)
    card.write_text(json.dumps(json.loads(card.read_text()) | {"members": members}))
    with pytest.raises(BackboneError) as refused:
        read_backbone(card)
    assert refused.value.rule == "card-members"


def test_a_member_that_is_missing_or_joint_is_named(tmp_path: Path) -> None:
    card = joint_card(tmp_path)
    (tmp_path / "second.json").unlink()
    with pytest.raises(BackboneError, match="second is not available") as refused:
        read_backbone(card)
    assert refused.value.rule == "member-missing"
    joint_card(tmp_path, "second")
    with pytest.raises(BackboneError) as refused:
        read_backbone(card)
    assert refused.value.rule == "member-joint"


def test_a_member_is_not_removed_while_a_joint_backbone_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path))
    joint_card(own_folder())
    with pytest.raises(BackboneError, match="both consists of it"):
        remove_backbone("first")
    remove_backbone("both")
    remove_backbone("first")
    assert own_names() == ("second",)


def test_a_file_with_its_members_at_hand_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its header names the members; where one is not there or has other weights, it is refused."""
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path))
    source = joint_card(own_folder())
    pixels = torch.rand(2, 3, 48, 48)
    expected = read_backbone(source).embed_float32(pixels)
    weights = source.with_suffix(".safetensors").read_bytes()
    remove_backbone("both")
    card = import_backbone(weights, ImportRequest("mine", "joint"))
    assert [one["name"] for one in card.members] == ["first", "second"]
    assert card.input_side == 48
    torch.testing.assert_close(load_backbone("mine").embed_float32(pixels), expected)
    remove_backbone("mine")
    remove_backbone("second")
    with pytest.raises(BackboneError) as refused:
        import_backbone(weights, ImportRequest("again", "joint"))
    assert refused.value.rule == "member-missing"
    assert own_names() == ("first",)


@pytest.mark.parametrize("header", ["", "[]", "[{}]", "{", "[" * 4000])
def test_a_file_whose_header_names_no_members_is_not_imported(
    header: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path))
    content = save({"0.base_mean": torch.zeros(128)}, {"members": header})
    with pytest.raises(BackboneError) as refused:
        import_backbone(content, ImportRequest("mine", "joint"))
    assert refused.value.rule == "card-members"
    assert own_names() == ()
