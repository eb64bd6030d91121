"""Which networks and views a joint backbone should consist of, by the sets that none has seen.

Run: python benchmarks/joint_trials.py RECIPE DATA CARDS [--every K] [--weights W,W]
RECIPE is one of a joint backbone with all candidates and all their views; CARDS holds the cards of
those that are not shipped. Each network looks at each view once (kept in --cache); every choice of
networks, and for each of views, is then measured under ridge on the same episodes. Base statistics
are of every K-th picture of the recipe's sets.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations, product
from pathlib import Path
from statistics import fmean

import torch
import torch.nn.functional as F
from intervals import over_sets
from measured_sets import DECIDING, MeasuredSet, digest_of, measured_sets, read_set
from measuring import episodes_of, measured
from pairing import markdown
from results import N_EPISODES, SEED, SHOTS
from torch import Tensor

from medmeta_core.embedding import Backbone, EmbeddingNetwork, load_backbone, read_backbone
from medmeta_core.embedding.inference.runtime import Runtime
from medmeta_core.embedding.joint.joint_network import MemberNetwork
from medmeta_core.embedding.joint.member import Member
from medmeta_core.embedding.joint.views import views_of
from medmeta_core.errors import SupportSetError
from medmeta_core.evaluation import EmbeddedSet
from medmeta_core.selection import method_on
from medmeta_core.training.finishing import fill_statistics
from medmeta_core.training.inputs.base_images import read_base_images
from medmeta_core.training.joint_recipe import JointRecipe, read_joint_recipe

ROOT = Path(__file__).parent.parent
TOGETHER = 16

Look = tuple[str, str]
"""A network's name and a view."""


@dataclass(frozen=True)
class Combination:
    """What is measured: looks by network, and their weights."""

    views: dict[str, tuple[str, ...]]
    weights: dict[str, float]

    @property
    def title(self) -> str:
        """As the tables name it."""
        return " + ".join(
            f"{name.removeprefix('medmeta-')} ({', '.join(views)})"
            for name, views in self.views.items()
        )


class Looks:
    """Features of every network and view, computed once."""

    def __init__(self, recipe: JointRecipe, given: argparse.Namespace) -> None:
        self._given, self._recipe = given, recipe
        self.backbones = {one.name: _loaded(one.name, given.cards) for one in recipe.members}

    def of_set(self, one: MeasuredSet, look: Look) -> Tensor:
        """Raw features (n, d) of a set."""
        part = "-".join((one.folder.name, digest_of(one.folder), *one.only))
        return self._kept(part, look, lambda: read_set(one, self._given.cache).pixels.float() / 255)

    def of_base(self, look: Look) -> Tensor:
        """Raw features (n, d) of the base pictures."""
        sets = sha256(repr(self._recipe.sets).encode()).hexdigest()[:8]
        return self._kept(f"base-{sets}-{self._given.every}", look, self._base)

    def _base(self) -> Tensor:
        cache = self._given.squares
        images = read_base_images(self._given.data, self._recipe.sets, cache=cache)
        return images.pixels[:: self._given.every].float() / 255

    def _kept(self, part: str, look: Look, pixels: object) -> Tensor:
        backbone, view = self.backbones[look[0]], look[1]
        side = backbone.card.input_side
        file = self._given.cache / "looks" / f"{backbone.card.sha256[:16]}-{side}-{view}-{part}.pt"
        if not file.exists():
            sys.stderr.write(f"{look} {part}\n")
            file.parent.mkdir(parents=True, exist_ok=True)
            torch.save(_features(backbone, view, pixels()), file)  # type: ignore[operator]
        found: Tensor = torch.load(file)
        return found


def _loaded(name: str, cards: Path) -> Backbone:
    beside = cards / f"{name}.json"
    return read_backbone(beside) if beside.is_file() else load_backbone(name)


@torch.inference_mode()
def _features(backbone: Backbone, view: str, pixels: Tensor) -> Tensor:
    runtime, side = backbone.runtime, backbone.card.input_side
    assert isinstance(runtime, Runtime)
    return torch.cat(
        [
            runtime.engine.features(views_of(batch, (view,), side)).clone()
            for batch in torch.split(pixels, TOGETHER)
        ]
    )


def embeddings(looks: Looks, one: MeasuredSet, combination: Combination) -> Tensor:
    """Embeddings (n, d) of a set as a joint backbone of this combination makes them."""
    parts = []
    for name, views in combination.views.items():
        features = torch.stack([looks.of_set(one, (name, view)) for view in views]).mean(0)
        part = _member(looks, name, views).finished(features)
        parts.append(combination.weights.get(name, 1.0) * part)
    return F.normalize(torch.cat(parts, 1), dim=-1)


_MEMBERS: dict[tuple[str, ...], MemberNetwork] = {}


def _member(looks: Looks, name: str, views: tuple[str, ...]) -> MemberNetwork:
    """A network with its views and base statistics."""
    key = (name, *views)
    if key not in _MEMBERS:
        backbone = looks.backbones[name]
        assert isinstance(backbone.network, EmbeddingNetwork)
        _MEMBERS[key] = MemberNetwork(backbone.network, Member(name, backbone.card.sha256, views))
        base = torch.stack([looks.of_base((name, view)) for view in views]).mean(0)
        fill_statistics(_MEMBERS[key], base)
    return _MEMBERS[key]


def accuracies(
    looks: Looks, sets: list[MeasuredSet], combination: Combination, given: argparse.Namespace
) -> dict[tuple[int, str], float]:
    """Mean balanced accuracy by shots and set."""
    found = {}
    for one in sets:
        labelled = read_set(one, given.cache)
        known = EmbeddedSet(labelled, embeddings(looks, one, combination))
        for n_shot in SHOTS:
            try:
                episodes, _ = episodes_of(labelled, n_shot, given.episodes, SEED)
            except SupportSetError:
                continue
            method = method_on("ridge", load_backbone())
            figures = measured(method, known, episodes, calibrates=False)
            found[n_shot, one.name] = float(figures["balanced"]["mean"])
    return found


def trials(recipe: JointRecipe, weights: dict[str, float]) -> Iterator[Combination]:
    """Every choice of networks, each with the whole picture alone, with one view more, or all."""
    of_each = {one.name: _choices_of_views(one.views) for one in recipe.members}
    for n in range(1, len(of_each) + 1):
        for chosen in combinations(of_each, n):
            for views in product(*(of_each[name] for name in chosen)):
                yield Combination(dict(zip(chosen, views, strict=True)), weights)


def _choices_of_views(views: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The first view, the first with one other, and all.

    >>> _choices_of_views(("whole", "mirrored", "centre"))
    [('whole',), ('whole', 'mirrored'), ('whole', 'centre'), ('whole', 'mirrored', 'centre')]
    """
    pairs = [(views[0], other) for other in views[1:]]
    return list(dict.fromkeys([views[:1], *pairs, views]))


def main() -> None:
    """Tell a table: combinations, mean over sets by shots, gain over the first at 5 shots."""
    asked = argparse.ArgumentParser(description=__doc__)
    for place in ("recipe", "data", "cards"):
        asked.add_argument(place, type=Path)
    asked.add_argument("--every", type=int, default=6)
    asked.add_argument("--weights", default="", help="of the recipe's members, with commas")
    asked.add_argument("--episodes", type=int, default=N_EPISODES)
    asked.add_argument("--cache", type=Path, default=ROOT / "runs" / "results")
    asked.add_argument("--squares", type=Path, default=ROOT / "runs" / "squares")
    asked.add_argument("--sets", default="", help="names with commas; by default those that decide")
    given = asked.parse_args()
    torch.set_num_threads(1)
    recipe = read_joint_recipe(given.recipe)
    looks = Looks(recipe, given)
    trained = {
        name for one in looks.backbones.values() for name in one.card.facts.get("trained_on", [])
    } | {Path(one.folder).name for one in recipe.sets}
    sets = [s for s in measured_sets(given.data / "data") if s.only or s.folder.name not in trained]
    names = given.sets.split(",") if given.sets else DECIDING
    sets = [one for one in sets if one.name in names]
    values = [float(w) for w in given.weights.split(",")] if given.weights else []
    members = [one.name for one in recipe.members]
    weights = dict(zip(members, values or [1.0] * len(members), strict=True))
    rows, first = [], dict[tuple[int, str], float]()
    for combination in trials(recipe, weights):
        found = accuracies(looks, sets, combination, given)
        first = first or found
        rows.append(_row(combination.title, found, first))
        sys.stderr.write(" | ".join(rows[-1]) + "\n")
    columns = ["", *(f"{shot} shots" for shot in SHOTS), "gain at 5 shots, points"]
    sys.stdout.write(f"{len(sets)} sets: {', '.join(s.name for s in sets)}\n\n")
    sys.stdout.write(markdown(columns, rows))


def _row(
    title: str, found: dict[tuple[int, str], float], first: dict[tuple[int, str], float]
) -> list[str]:
    means = [fmean(v for (shot, _), v in found.items() if shot == n) for n in SHOTS]
    gain = over_sets([v - first[key] for key, v in found.items() if key[0] == 5], least=-1.0)
    bound = 100 * (gain["high"] - gain["mean"])
    return [title, *(f"{mean:.3f}" for mean in means), f"{100 * gain['mean']:+.1f} ± {bound:.1f}"]


if __name__ == "__main__":
    main()
