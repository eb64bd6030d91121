"""The methods as a visitor meets them: with the available backbones that each can use."""

from medmeta_core.embedding import backbone_names
from medmeta_core.embedding.files.locations import card_path
from medmeta_core.embedding.files.method_weights import part_path
from medmeta_core.embedding.files.mirroring import with_or_without_mirrored
from medmeta_core.methods import members
from medmeta_core.selection import ALL_METHODS


def offered(family: str) -> tuple[str, ...]:
    """The methods of a family that can be used with some available backbone."""
    return tuple(name for name in members(family) if suited_backbones(name))


def suited_backbones(method: str, *, left_right_matters: bool = False) -> tuple[str, ...]:
    """The available backbones that a method can work with.

    Args:
        left_right_matters: whether none may look at mirrored views.
    """
    part = ALL_METHODS[method].part
    names = backbones_shown(left_right_matters=left_right_matters)
    if not part:
        return names
    return tuple(name for name in names if part_path(card_path(name), part).is_file())


def backbones_shown(*, left_right_matters: bool) -> tuple[str, ...]:
    """The available backbones without those that another one stands for."""
    replaced = with_or_without_mirrored(left_right_matters=left_right_matters)
    return tuple(name for name in backbone_names() if replaced[name] == name)


def preferred_backbone_of(method: str, *, left_right_matters: bool = False) -> str:
    """The backbone that a method was made for, or another that suits where it is not there."""
    suited = suited_backbones(method, left_right_matters=left_right_matters)
    made_for = ALL_METHODS[method].backbone
    replaced = with_or_without_mirrored(left_right_matters=left_right_matters)
    preferred = replaced.get(made_for, made_for)
    return preferred if preferred in suited else suited[0]
