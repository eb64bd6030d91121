"""The methods as a visitor meets them: with the available backbones that each can use."""

from medmeta_core.embedding import backbone_names
from medmeta_core.embedding.files.locations import card_path
from medmeta_core.embedding.files.method_weights import part_path
from medmeta_core.methods import members
from medmeta_core.selection import ALL_METHODS


def offered(family: str) -> tuple[str, ...]:
    """The methods of a family that can be used with some available backbone."""
    return tuple(name for name in members(family) if suited_backbones(name))


def suited_backbones(method: str) -> tuple[str, ...]:
    """The available backbones that a method can work with."""
    part = ALL_METHODS[method].part
    names = backbone_names()
    if not part:
        return names
    return tuple(name for name in names if part_path(card_path(name), part).is_file())


def preferred_backbone_of(method: str) -> str:
    """The backbone that a method was made for, or another that suits where it is not there."""
    suited, preferred = suited_backbones(method), ALL_METHODS[method].backbone
    return preferred if preferred in suited else suited[0]
