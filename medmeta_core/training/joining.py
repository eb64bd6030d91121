"""From backbones to a joint one: base statistics of each over the base pictures, and a card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from medmeta_core.embedding import Backbone, ModelCard
from medmeta_core.embedding.files.joint_weights import (
    ARCHITECTURE,
    joint_network,
    runtime_of_members,
)
from medmeta_core.embedding.files.training_images import read_training_images
from medmeta_core.embedding.files.weights import member_beside, member_card, write_joint
from medmeta_core.embedding.joint.member import Member
from medmeta_core.progress import Progress, check_stopped, silent
from medmeta_core.training.finishing import card_facts, fill_statistics, fit_scale, training_digests
from medmeta_core.training.inputs.base_images import BaseImages, read_base_images
from medmeta_core.training.inputs.validation_split import split
from medmeta_core.training.joint_recipe import JointRecipe
from medmeta_core.training.recipe import Recipe

TOGETHER = 32
"""Pictures embedded at once."""

Features = Sequence[Mapping[str, Tensor]]
"""For each member, by view, features (n, d_k) of all base pictures."""


def join(
    recipe: JointRecipe,
    root: Path,
    out: Path,
    *,
    cache: Path | None = None,
    command: str = "",
    progress: Progress = silent,
) -> ModelCard:
    """Write the joint backbone of a recipe, and its unmirrored one if it names one; its card.

    Args:
        root: the sets lie below it.
        out: where statistics and card are written; members may lie there, too.
        cache: a folder for the decoded pictures.
        command: what makes it anew, for the card.

    Raises:
        BackboneError: a member is not at hand, or is a joint backbone itself.
        RecipeError: a set is missing.
    """
    place = out / f"{recipe.name}.json"
    backbones = {one.name: member_beside(place, one.name) for one in recipe.members}
    images = read_base_images(root, recipe.sets, progress=progress, cache=cache)
    images, _ = split(images, seed=recipe.seed)
    features = features_by_view(members_of(recipe, backbones), backbones, images, progress)
    written = _Written(images, backbones, out, command)
    if recipe.unmirrored:
        written.write(recipe.without_mirrored(), features)
    return written.write(recipe, features)


def members_of(recipe: JointRecipe, backbones: Mapping[str, Backbone]) -> list[Member]:
    """The members of a recipe, with the digests of their weights."""
    return [
        Member(one.name, backbones[one.name].card.sha256, one.views, one.weight)
        for one in recipe.members
    ]


@torch.inference_mode()
def features_by_view(
    members: Sequence[Member],
    backbones: Mapping[str, Backbone],
    images: BaseImages,
    progress: Progress = silent,
) -> Features:
    """Features of the base pictures, exactly; each view is looked at once."""
    network, loaded = joint_network(members, backbones.__getitem__)
    runtime = runtime_of_members(network, loaded)
    chunks = torch.split(torch.arange(len(images.labels)), TOGETHER)
    found: list[dict[str, list[Tensor]]] = [{view: [] for view in one.views} for one in members]
    for number, chunk in enumerate(chunks):
        check_stopped()
        progress(number / len(chunks), "base statistics")
        pixels = images.pixels[chunk].float() / 255
        for views, of_chunk in zip(
            found, runtime.features_by_view(pixels, exactly=True), strict=True
        ):
            for view, features in of_chunk.items():
                views[view].append(features)
    return [{view: torch.cat(pieces) for view, pieces in views.items()} for views in found]


@dataclass(frozen=True, eq=False)
class Embedded:
    """A `Look` that shows the embeddings (n, d) of whole pictures, as a user shows them."""

    embeddings: Tensor

    def __call__(self, _: BaseImages, positions: Tensor, __: int, ___: torch.Generator) -> Tensor:
        """Embeddings of the pictures at `positions`."""
        return self.embeddings[positions]


@dataclass(frozen=True, eq=False)
class _Written:
    """Writes joint backbones of the same networks and base pictures."""

    images: BaseImages
    backbones: Mapping[str, Backbone]
    out: Path
    command: str

    @torch.inference_mode()
    def write(self, recipe: JointRecipe, features: Features) -> ModelCard:
        """Statistics and card of one; its card."""
        members = members_of(recipe, self.backbones)
        network, _ = joint_network(members, self.backbones.__getitem__)
        means = [
            torch.stack([views[view] for view in member.views]).mean(0)
            for views, member in zip(features, members, strict=True)
        ]
        for one, mean in zip(network.networks(), means, strict=True):
            fill_statistics(one, mean)
        plan = Recipe(
            "episodic",
            recipe.name,
            ARCHITECTURE,
            network.input_side,
            recipe.sets,
            seed=recipe.seed,
        )
        embeddings = network.finished(torch.cat(means, dim=1))
        card = ModelCard(
            recipe.name,
            ARCHITECTURE,
            network.input_side,
            sha256="",
            scale=fit_scale(nn.Identity(), self.images, plan, look=Embedded(embeddings)),
            members=[member.as_json() for member in members],
            unmirrored=recipe.unmirrored,
            facts=self._facts(plan),
        )
        return write_joint(self.out, network, card, trained_on=self._training_digests())

    def _facts(self, plan: Recipe) -> dict[str, Any]:
        """Of the base statistics, and what each member states of its training."""
        stated = card_facts(plan, self.images, seconds=0)
        facts = {key: value for key, value in stated.items() if key not in OF_A_TRAINING}
        of_members = [one.card.facts for one in self.backbones.values()]
        data = [*facts["data"], *(e for one in of_members for e in one.get("data", []))]
        facts["data"] = _merged(data)
        if all("trained_on" in one for one in of_members):
            names = [name for one in of_members for name in one["trained_on"]]
            facts["trained_on"] = list(dict.fromkeys([*facts["trained_on"], *names]))
        else:
            del facts["trained_on"]  # what one of them has seen is not known
        unrecorded = [name for name in self.backbones if self._record(name) is None]
        for key, found in {
            "start": [one["start"] for one in of_members if "start" in one],
            "teachers": _union(one.get("teachers", []) for one in of_members),
            "validated_on": _union(one.get("validated_on", []) for one in of_members),
            "unrecorded": unrecorded,
        }.items():
            facts |= {key: found} if found else {}
        return ({"command": self.command} if self.command else {}) | facts

    def _training_digests(self) -> frozenset[str]:
        """Of the base pictures and of what is recorded of the members."""
        records = [self._record(name) or frozenset() for name in self.backbones]
        return training_digests(self.images, None).union(*records)

    def _record(self, name: str) -> frozenset[str] | None:
        card = member_card(self.out, name)
        return read_training_images(card) if card else None


OF_A_TRAINING = ("teachers", "recipe", "training_seconds", "validated_on")
"""Facts that a joint backbone has none of itself: it is not trained."""


def _union(lists: Any) -> list[Any]:
    return list(dict.fromkeys(item for one in lists for item in one))


def _merged(data: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One entry a set: what any network has seen of it counts as seen.

    >>> _merged([{"set": "skin", "held_out": ["df"], "images": 9},
    ...          {"set": "skin", "held_out": ["df", "mel"], "images": 7}])
    [{'set': 'skin', 'held_out': ['df'], 'images': 9}]
    """
    merged: dict[str, dict[str, Any]] = {}
    for entry in data:
        kept = merged.setdefault(entry["set"], dict(entry))
        kept["held_out"] = [name for name in kept["held_out"] if name in entry["held_out"]]
        kept["images"] = max(kept["images"], entry["images"])
    return list(merged.values())
