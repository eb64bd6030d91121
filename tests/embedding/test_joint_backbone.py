"""A backbone of several networks and views: what it computes, writes, reads and refuses."""

import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from joint_backbones import ALL, joint_card, written
from safetensors.torch import load_file, save_file

from medmeta_core.embedding import (
    Backbone,
    read_backbone,
)
from medmeta_core.embedding.joint.joint_network import JointNetwork
from medmeta_core.embedding.joint.views import VIEWS, joined_views, views_of
from medmeta_core.errors import BackboneError
from medmeta_core.explanation import grad_cam
from medmeta_core.methods import METHODS
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
    from medmeta_core.methods.fine_tuning import all_layers

    pixels = torch.rand(2, 3, 40, 40)
    suffix = all_layers(joint.network, pixels)
    torch.testing.assert_close(suffix.network(suffix.inputs), joint.network(pixels))
    moved = {name: value + 0.1 for name, value in suffix.moving.items()}
    whole = suffix.whole(joint.network, moved)
    torch.testing.assert_close(
        torch.func.functional_call(suffix.network, moved, (suffix.inputs,)), whole(pixels)
    )
    assert {name.split(".")[1] for name in suffix.names.values()} == {"0", "1"}


def test_a_network_that_speaks_against_the_condition_has_no_say_in_its_map(
    joint: Backbone,
) -> None:
    """The joined map is the other network's alone."""
    from medmeta_core.explanation.joint_grad_cam import joined_map

    network = joint.network
    assert isinstance(network, JointNetwork)
    maps = [torch.rand(3, 4, 4), torch.rand(1, 6, 6)]
    one = joined_map(network, maps, torch.tensor([0.5, -0.2]))
    assert one.mean() == pytest.approx(0.5, rel=1e-4)
    torch.testing.assert_close(one, joined_map(network, maps, torch.tensor([0.5, 0.0])))
    both = joined_map(network, maps, torch.tensor([0.5, 0.2]))
    assert both.mean() == pytest.approx(0.7, rel=1e-4)


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
    import pickle

    copy = pickle.loads(pickle.dumps(joint))  # noqa: S301
    pixels = torch.rand(2, 3, 48, 48)
    torch.testing.assert_close(copy.embed_float32(pixels), joint.embed_float32(pixels))
