"""From a recipe to a joint backbone: statistics, cards, the unmirrored one beside it, mistakes."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from joint_backbones import written
from small_runs import write_stripes

from medmeta_core.cli import main
from medmeta_core.datasets import read_labelled_set
from medmeta_core.embedding import ModelCard, read_backbone
from medmeta_core.embedding.base_statistics import bent
from medmeta_core.embedding.files.training_images import (
    read_training_images,
    write_training_images,
)
from medmeta_core.embedding.joint.joint_network import JointNetwork
from medmeta_core.evaluation import training_overlap
from medmeta_core.training.inputs.base_images import read_base_images
from medmeta_core.training.joint_recipe import read_joint_recipe
from medmeta_core.training.recipe import BaseSet, RecipeError
from medmeta_core.training.run import Places

RECIPE = """
kind = "joint"
name = "both"
unmirrored = "both-unmirrored"
[[sets]]
folder = "stripes"
[[members]]
name = "first"
views = ["whole", "mirrored"]
[[members]]
name = "second"
weight = 0.5
"""


DATA = {"set": "skin", "licence": "CC0", "held_out": [], "images": 5}
FACTS: dict[str, dict[str, Any]] = {
    "first": {"trained_on": ["skin"], "data": [DATA | {"held_out": ["df", "mel"]}]},
    "second": {
        "trained_on": ["skin", "teeth"],
        "data": [DATA | {"held_out": ["df"], "images": 7}],
        "start": {"name": "published", "licence": "Apache-2.0"},
        "teachers": ["teacher.pth"],
        "validated_on": ["wounds"],
    },
}


def joined(
    places: Places,
    monkeypatch: pytest.MonkeyPatch,
    recipe: str = RECIPE,
    *,
    unknown: str = "",
    unrecorded: str = "",
) -> Path:
    """Where the command wrote the card; the members lay there already.

    Args:
        unknown, unrecorded: the member of which no set, or no file, is stated as trained on.
    """
    for seed, (name, side) in enumerate([("first", 32), ("second", 48)]):
        card = written(places.out, name, side, seed=seed)
        if name != unknown:
            replace(card, facts=FACTS[name]).write(places.out / f"{name}.json")
        if name not in (unknown, unrecorded):
            write_training_images(places.out / f"{name}.json", [f"{seed}" * 64])
    file = places.root / "joint.toml"
    file.write_text(recipe)
    options = ["--data", places.root, "--out", places.out, "--runs", places.runs]
    monkeypatch.setattr(sys, "argv", ["medmeta", "meta-train", str(file), *map(str, options)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    return places.out / "both.json"


def test_each_network_is_centred_by_the_mean_of_its_views_over_the_base_pictures(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = read_backbone(joined(places, monkeypatch)).network
    assert isinstance(network, JointNetwork)
    pixels = read_base_images(places.root, (BaseSet("stripes"),)).pixels.float() / 255
    for member in network.networks():
        mean = bent(member.pooled(pixels), torch.tensor(0.5)).mean(0)
        assert (member.base_mean - mean).norm() < 1e-2 * mean.norm()


def test_a_mirrored_picture_is_the_same_to_it_and_another_to_the_unmirrored_one(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = joined(places, monkeypatch)
    pixels = torch.rand(2, 3, 48, 48)
    backbone = read_backbone(card)
    assert backbone.card.unmirrored == "both-unmirrored"
    unmirrored = read_backbone(card.with_stem("both-unmirrored"))
    assert unmirrored.card.unmirrored == ""
    assert [one["views"] for one in unmirrored.card.members] == [["whole"], ["whole"]]
    first = [one.network(pixels)[:, :128] for one in (backbone, unmirrored)]
    mirrored = [one.network(pixels.flip(-1))[:, :128] for one in (backbone, unmirrored)]
    torch.testing.assert_close(first[0], mirrored[0], atol=1e-5, rtol=0)
    assert (first[1] - mirrored[1]).abs().max() > 1e-3


def test_card_and_record_tell_what_all_networks_were_trained_on(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = joined(places, monkeypatch)
    record = read_training_images(card)
    assert record is not None
    assert len(record) == 24 + 2  # the base pictures, and one of each member
    facts = ModelCard.read(card).facts
    assert facts["trained_on"] == ["stripes", "skin", "teeth"]
    assert [(one["set"], one["held_out"], one["images"]) for one in facts["data"]] == [
        ("stripes", [], 24),
        ("skin", ["df"], 7),
    ]
    assert facts["start"] == [{"name": "published", "licence": "Apache-2.0"}]
    assert (facts["teachers"], facts["validated_on"]) == (["teacher.pth"], ["wounds"])
    assert facts["command"] == "medmeta meta-train joint.toml --data DIR"
    assert "unrecorded" not in facts and "recipe" not in facts


@pytest.mark.parametrize(
    ("gap", "compared"), [({"unknown": "first"}, "nothing"), ({"unrecorded": "first"}, "names")]
)
def test_what_one_network_does_not_state_is_not_said_to_be_unseen(
    gap: dict[str, str],
    compared: str,
    places: Places,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    card = joined(places, monkeypatch, **gap)
    foreign = read_labelled_set(write_stripes(tmp_path / "new", seed=80) / "stripes", side=32)
    content, record = ModelCard.read(card), read_training_images(card)
    overlap = training_overlap(content, record, folder_name="new", labelled=foreign)
    assert (overlap.conditions, overlap.compared) == ((), compared)
    base = read_labelled_set(places.root / "stripes", side=32)
    overlap = training_overlap(content, record, folder_name="new", labelled=base)
    assert overlap.n_images == 24


def test_held_out_pictures_are_no_base_pictures(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_out = RECIPE.replace('folder = "stripes"', 'folder = "stripes"\nvalidation = ["2"]')
    facts = ModelCard.read(joined(places, monkeypatch, held_out)).facts
    assert (facts["n_images"], facts["data"][0]["held_out"]) == (16, ["2"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('unmirrored = "both-unmirrored"', 'unmirrored = "both"', "differ from each other"),
        ('unmirrored = "both-unmirrored"', 'unmirrored = "second"', "differ from each other"),
        ('name = "both"', 'name = "first"', "differ from each other"),
        ('name = "second"', 'name = "first"', "differ from each other"),
        ('["whole", "mirrored"]', '["mirrored"]', "a view that is not mirrored"),
        ('["whole", "mirrored"]', '["whole", "whole"]', "views"),
        ('["whole", "mirrored"]', '["upside down"]', "views"),
        ('["whole", "mirrored"]', "[]", "views"),
        ("weight = 0.5", "weight = 0.0", "weight"),
        ("weight = 0.5", "weight = nan", "weight"),
        ("weight = 0.5", "wait = 0.5", "wait"),
        ('name = "both"', 'name = "../both"', "name"),
        ("[[sets]]", "[[members]]", "folder"),
    ],
)
def test_a_mistake_in_a_recipe_is_told_in_one_line(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    assert old in RECIPE
    file = tmp_path / "joint.toml"
    file.write_text(RECIPE.replace(old, new))
    with pytest.raises(RecipeError, match=message):
        read_joint_recipe(file)
