"""Who is measured beside the shipped backbone: the rival, and our networks with one view each."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from contests import ONE_VIEW
from measured_sets import MeasuredSet, features_of, read_set
from rival import RIVALS, centred_rival, milliseconds_a_picture, raw_rival, with_views

from medmeta_core.embedding import Backbone, load_backbone, read_backbone
from medmeta_core.embedding.joint.member import members_from
from medmeta_core.evaluation import seen_conditions
from medmeta_core.training.joining import join
from medmeta_core.training.joint_recipe import MemberChoice, read_joint_recipe

ROOT = Path(__file__).parent.parent
JOINT = ROOT / "medmeta_core/training/recipes/joint.toml"


@dataclass(frozen=True, eq=False)
class Entrant:
    """What is measured under every closed form.

    Attributes:
        embeds: the pictures, once.
        backbone: whose embeddings these become by its statistics; the same for ours.
    """

    embeds: Backbone
    backbone: Backbone


Entrants = Mapping[str, Entrant]


def rivals_of(
    raw: Backbone, sets: list[MeasuredSet], cache: Path, *, n_views: int
) -> Iterator[Entrant]:
    """The rival by the pictures of all sets that the shipped backbone was trained on."""
    embeds = raw if n_views == 1 else with_views(raw)
    features = []
    for one in sets:
        labelled = read_set(one, cache)
        names = seen_conditions(load_backbone().card, one.folder.name, labelled.conditions)
        is_base = torch.tensor([labelled.conditions[k] in names for k in labelled.labels.tolist()])
        features.append(features_of(one, labelled, embeds, cache)[is_base])
    base = torch.cat(features)
    for whitened in (False, True):
        yield Entrant(embeds, centred_rival(raw, base, whitened=whitened, n_views=n_views))


def with_one_view(shipped: Backbone, data: Path, cache: Path) -> Backbone:
    """The networks of the shipped backbone, each with the whole picture alone."""
    recipe = read_joint_recipe(JOINT)
    members = tuple(
        MemberChoice(one.name, ("whole",), one.weight)
        for one in members_from(shipped.card.members, name=shipped.name)
    )
    folder = cache / "one-view" / shipped.card.sha256[:16]
    card = folder / f"{ONE_VIEW}.json"
    if not card.is_file():
        one_view = replace(recipe, name=ONE_VIEW, members=members, unmirrored="")
        join(one_view, data, folder, cache=cache / "squares")
    return read_backbone(card)


def all_entrants(sets: list[MeasuredSet], arguments: argparse.Namespace) -> Entrants:
    """By name: the rival with one view and with three, and ours with one view where it has more."""
    shipped, raw = load_backbone(), raw_rival(arguments.data.parent / "backbones")
    trained = shipped.card.facts["trained_on"]
    base = [one for one in sets if one.folder.name in trained and not one.only]
    entrants = {
        entrant.backbone.name: entrant
        for n_views in RIVALS
        for entrant in rivals_of(raw, base, arguments.cache, n_views=n_views)
    }
    if shipped.card.members:
        one_view = with_one_view(shipped, arguments.data.parent, arguments.cache)
        entrants[ONE_VIEW] = Entrant(one_view, one_view)
    return entrants


def times_of(entrants: Entrants) -> dict[str, dict[int, float]]:
    """Milliseconds a picture by backbone and batch; the rival's centring costs nothing."""
    embedding = {load_backbone().name: load_backbone()}
    embedding |= {name: entrant.embeds for name, entrant in entrants.items()}
    several = list({id(one): one for one in embedding.values()}.values())
    spent = {n: milliseconds_a_picture(several, n) for n in (1, 16)}
    places = {id(one): place for place, one in enumerate(several)}
    return {name: {n: spent[n][places[id(one)]] for n in spent} for name, one in embedding.items()}
