"""From backbones to a joint one: base statistics of each over the base pictures, and a card."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from medmeta_core.embedding import Backbone, ModelCard, load_backbone, read_backbone
from medmeta_core.embedding.files.joint_weights import (
    ARCHITECTURE,
    joint_network,
    runtime_of_members,
)
from medmeta_core.embedding.files.locations import card_path
from medmeta_core.embedding.files.training_images import read_training_images
from medmeta_core.embedding.files.weights import write_joint
from medmeta_core.embedding.joint.joint_network import JointNetwork, Member, MemberNetwork
from medmeta_core.progress import Progress, check_stopped, silent
from medmeta_core.training.finishing import card_facts, fit_scale, training_digests, whitening
from medmeta_core.training.inputs.base_images import BaseImages, read_base_images
from medmeta_core.training.joint_recipe import JointRecipe, MemberChoice
from medmeta_core.training.recipe import Recipe

TOGETHER = 32
"""Pictures embedded at once."""


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
    images = read_base_images(root, recipe.sets, progress=progress, cache=cache)
    if recipe.unmirrored:
        _join(recipe.without_mirrored(), images, out, command=command, progress=progress)
    return _join(recipe, images, out, command=command, progress=progress)


def _join(
    recipe: JointRecipe, images: BaseImages, out: Path, *, command: str, progress: Progress
) -> ModelCard:
    """Write one backbone; its card."""
    members = [_member(one, out) for one in recipe.members]
    network, backbones = joint_network(members, lambda name: _loaded(name, out))
    embeddings = with_joint_statistics(network, backbones, images, progress=progress)
    plan = Recipe("episodic", recipe.name, ARCHITECTURE, network.input_side, recipe.sets)
    card = ModelCard(
        recipe.name,
        ARCHITECTURE,
        network.input_side,
        sha256="",
        scale=fit_scale(nn.Identity(), images, plan, look=Embedded(embeddings)),
        members=[asdict(member) | {"views": list(member.views)} for member in members],
        unmirrored=recipe.unmirrored,
        facts=_facts(plan, images, backbones, command),
    )
    digests = _training_digests(images, [_card(one.name, out) for one in recipe.members])
    return write_joint(out, network, card, trained_on=digests)


def _training_digests(images: BaseImages, cards: list[Path]) -> frozenset[str]:
    """Of the base pictures and of all that the members were trained on.

    Empty where a member has no record: names of sets are compared then, and nothing is missed.
    """
    records = [read_training_images(card) for card in cards]
    if any(record is None for record in records):
        return frozenset()
    return training_digests(images, None).union(*(record or () for record in records))


def _card(name: str, out: Path) -> Path:
    """Where the card of a member lies: beside what is written, or among the backbones at hand."""
    beside = out / f"{name}.json"
    return beside if beside.is_file() else card_path(name)


def _loaded(name: str, out: Path) -> Backbone:
    return read_backbone(card) if (card := _card(name, out)).parent == out else load_backbone(name)


def _member(choice: MemberChoice, out: Path) -> Member:
    sha256 = _loaded(choice.name, out).card.sha256
    return Member(choice.name, sha256, choice.views, choice.weight)


@dataclass(frozen=True, eq=False)
class Embedded:
    """A `Look` that shows the embeddings (n, d) of whole pictures, as a user shows them."""

    embeddings: Tensor

    def __call__(self, _: BaseImages, positions: Tensor, __: int, ___: torch.Generator) -> Tensor:
        """Embeddings of the pictures at `positions`."""
        return self.embeddings[positions]


@torch.inference_mode()
def with_joint_statistics(
    network: JointNetwork,
    backbones: list[Backbone],
    images: BaseImages,
    *,
    progress: Progress = silent,
) -> Tensor:
    """Give the network mean and whitening of each member's features over the base pictures.

    Returns:
        Their embeddings (n, d).
    """
    runtime = runtime_of_members(network, backbones)
    chunks = torch.split(torch.arange(len(images.labels)), TOGETHER)
    found = []
    for number, chunk in enumerate(chunks):
        check_stopped()
        progress(number / len(chunks), "base statistics")
        found.append(runtime.features(images.pixels[chunk].float() / 255, exactly=True))
    features = torch.cat(found)
    lengths = [member.network.n_features for member in network.networks()]
    for member, part in zip(network.networks(), torch.split(features, lengths, dim=1), strict=True):
        _fill(member, part)
    return network.finished(features)


def _fill(member: MemberNetwork, features: Tensor) -> None:
    member.base_mean.copy_(features.mean(0))
    member.base_whitening.copy_(whitening(features))


OF_A_TRAINING = ("teachers", "recipe", "training_seconds", "validated_on")
"""Facts that a joint backbone has none of: it is not trained itself."""


def _facts(
    plan: Recipe, images: BaseImages, backbones: list[Backbone], command: str
) -> dict[str, Any]:
    """Of the base statistics, and what each member was trained on."""
    facts = card_facts(plan, images, seconds=0)
    trained = [name for one in backbones for name in one.card.facts.get("trained_on", [])]
    of_it = {name: value for name, value in facts.items() if name not in OF_A_TRAINING}
    of_it |= {"trained_on": list(dict.fromkeys([*facts["trained_on"], *trained]))}
    return {"command": command} | of_it if command else of_it
