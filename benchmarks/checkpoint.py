"""A training under way, measured on the sets that it does not learn from, beside others.

Run: python benchmarks/checkpoint.py RECIPE DATA RUNS [--latest] [--side S] [--sets S,S]
RECIPE is the run's, RUNS holds its folder; DATA holds data/ and backbones/. Takes the best weights
so far (--latest: the last ones), writes them with a card to DIR as a backbone that can be read
(base statistics of every sixth picture), and tells balanced accuracy under ridge on the same
episodes: of them, of the shipped backbone, of what the run began with, and of the rival.
What was read and embedded is kept in --cache, which results.py may share.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import torch
from entrants import rivals_of
from intervals import over_sets
from measured_sets import MeasuredSet, features_of, measured_sets, read_set
from measuring import episodes_of, measured
from pairing import markdown
from results import N_EPISODES, SEED, SHOTS
from rival import raw_rival, unit
from torch import Tensor

from medmeta_core.embedding import (
    Backbone,
    EmbeddingNetwork,
    ModelCard,
    load_backbone,
    read_backbone,
    write_backbone,
)
from medmeta_core.errors import SupportSetError
from medmeta_core.evaluation import EmbeddedSet
from medmeta_core.selection import method_on
from medmeta_core.training.finishing import card_facts, with_base_statistics
from medmeta_core.training.inputs.base_images import BaseImages, read_base_images
from medmeta_core.training.learners.distillation import new_network
from medmeta_core.training.loop.training_loop import CHECKPOINT, seconds_of
from medmeta_core.training.recipe import Recipe
from medmeta_core.training.recipe_file import read_recipe
from medmeta_core.training.run import SQUARES

ROOT = Path(__file__).parent.parent
METHOD = "ridge"
EVERY = 6

Figures = dict[tuple[str, int, str], float]
"""Balanced accuracy by set, shots and name of what was measured."""

Source = tuple[Backbone, Backbone]
"""What embeds the pictures, and what centres and whitens these embeddings."""


def weights_of(checkpoint: Path, *, latest: bool) -> tuple[int, dict[str, Tensor]]:
    """The step, and the network's weights after it: the best so far, or the last ones."""
    state = torch.load(checkpoint, weights_only=True, map_location="cpu")
    if not latest and state["best"]["weights"]:
        return int(state["best"]["step"]) + 1, state["best"]["weights"]
    named = state["student"].items()
    prefix = "network."
    return int(state["step"]), {k.removeprefix(prefix): v for k, v in named if k.startswith(prefix)}


def finished(
    network: EmbeddingNetwork, recipe: Recipe, images: BaseImages, *, out: Path, card: ModelCard
) -> Backbone:
    """The network with base statistics of these pictures, written and read again."""
    with_base_statistics(network.eval(), images)
    facts = card_facts(recipe, images, seconds=float(card.facts.get("seconds", 0)))
    write_backbone(out, network, replace(card, facts=facts))
    return read_backbone(out / f"{card.name}.json")


def some_of(images: BaseImages) -> BaseImages:
    """Every sixth picture; all conditions keep their numbers."""
    return replace(
        images,
        pixels=images.pixels[::EVERY],
        labels=images.labels[::EVERY],
        set_index=images.set_index[::EVERY],
        groups=images.groups[::EVERY],
    )


def contenders(arguments: argparse.Namespace, recipe: Recipe) -> dict[str, Source]:
    """The run's weights first, then the others."""
    step, weights = weights_of(arguments.runs / recipe.name / CHECKPOINT, latest=arguments.latest)
    side = arguments.side or recipe.input_side
    images = some_of(read_base_images(arguments.data, recipe.sets, cache=arguments.runs / SQUARES))
    network = EmbeddingNetwork(recipe.architecture, side)
    network.load_state_dict(weights)
    named = f"{recipe.name}-step-{step}-{side}px"
    spent = {"seconds": seconds_of(arguments.runs / recipe.name)}
    card = ModelCard(named, recipe.architecture, side, "", facts=spent)
    run = finished(network, recipe, images, out=arguments.out, card=card)
    sources = {named: (run, run), "shipped": (load_backbone(), load_backbone())}
    if recipe.start:
        begun = new_network(recipe)
        begun.input_side = side
        card = replace(card, name=f"{recipe.start}-{side}px", facts={})
        start = finished(begun, recipe, images, out=arguments.out, card=card)
        sources[start.name] = (start, start)
    if arguments.without_rival:
        return sources
    raw = raw_rival(arguments.data / "backbones")
    trained = load_backbone().card.facts["trained_on"]
    base = [s for s in measured_sets(arguments.data / "data") if s.folder.name in trained]
    rivals = rivals_of(raw, [s for s in base if not s.only], arguments.cache, n_views=1)
    return sources | {one.backbone.name: (one.embeds, one.backbone) for one in rivals}


def accuracies(
    one: MeasuredSet, source: Source, arguments: argparse.Namespace
) -> Iterator[tuple[int, float]]:
    """Shots, and the mean balanced accuracy over the set's episodes of so many."""
    labelled = read_set(one, arguments.cache)
    raw, backbone = source
    features = features_of(one, labelled, raw, arguments.cache)
    if raw is not backbone:
        features = unit(features, backbone)
    for n_shot in SHOTS:
        try:
            episodes, _ = episodes_of(labelled, n_shot, arguments.episodes, SEED)
        except SupportSetError:
            continue
        method, embedded = method_on(METHOD, backbone), EmbeddedSet(labelled, features)
        figures = measured(method, embedded, episodes, calibrates=False)
        yield n_shot, float(figures["balanced"]["mean"])


def tables(arguments: argparse.Namespace) -> Iterator[str]:
    """A table for each number of shots: sets, their mean, and what the run gains over others."""
    recipe = read_recipe(arguments.recipe)
    sets = unseen_by(recipe, arguments.data / "data")
    sets = [one for one in sets if not arguments.sets or one.name in arguments.sets.split(",")]
    sources = contenders(arguments, recipe)
    figures: Figures = {
        (one.name, n_shot, name): accuracy
        for one in sets
        for name, source in sources.items()
        for n_shot, accuracy in accuracies(one, source, arguments)
    }
    for n_shot in SHOTS:
        if any(shot == n_shot for _, shot, _ in figures):
            yield table(figures, n_shot)


def unseen_by(recipe: Recipe, data: Path) -> list[MeasuredSet]:
    """The validation sets of a recipe, of a set that is trained on in part only that part."""
    names = {Path(base_set.folder).name for base_set in recipe.validation_sets}
    trained = {Path(base_set.folder).name for base_set in recipe.sets}
    return [
        one
        for one in measured_sets(data)
        if one.folder.name in names and (one.only or one.folder.name not in trained)
    ]


def table(figures: Figures, n_shot: int) -> str:
    """Sets, their mean, and what the first column gains over each."""
    sets = list(dict.fromkeys(one for one, shot, _ in figures if shot == n_shot))
    names = list(dict.fromkeys(name for _, _, name in figures))
    columns = {name: [figures[one, n_shot, name] for one in sets] for name in names}
    rows = [[one, *(f"{c[k]:.3f}" for c in columns.values())] for k, one in enumerate(sets)]
    rows.append([f"mean of {len(sets)}", *(f"{fmean(c):.3f}" for c in columns.values())])
    run = columns[names[0]]
    gains = []
    for column in columns.values():
        gain = over_sets([a - b for a, b in zip(run, column, strict=True)], least=-1.0)
        gains.append(f"{100 * gain['mean']:+.1f} ± {100 * (gain['high'] - gain['mean']):.1f}")
    return markdown([f"{n_shot} shots", *names], [*rows, ["the run's gain, points", *gains]])


def main() -> None:
    """Tell the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    for place in ("recipe", "data", "runs"):
        parser.add_argument(place, type=Path)
    parser.add_argument("--latest", action="store_true", help="the last weights, not the best ones")
    parser.add_argument("--side", type=int, default=0, help="pixels; by default the recipe's")
    parser.add_argument("--sets", default="", help="names with commas; by default all")
    parser.add_argument("--without-rival", action="store_true", help="spares its base pictures")
    parser.add_argument("--episodes", type=int, default=N_EPISODES)
    parser.add_argument("--cache", type=Path, default=ROOT / "runs" / "results")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "checkpoints")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for table in tables(arguments):
        sys.stdout.write(f"{table}\n")


if __name__ == "__main__":
    main()
