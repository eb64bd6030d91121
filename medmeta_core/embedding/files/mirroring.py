"""Which backbones are offered where left and right matter, and which take the place of which."""

from functools import lru_cache
from pathlib import Path

from medmeta_core.embedding.card import ModelCard
from medmeta_core.embedding.files.locations import card_path
from medmeta_core.embedding.files.weights import backbone_names
from medmeta_core.embedding.joint.member import look_at_mirrored, same_without_mirrored
from medmeta_core.errors import BackboneError


def looks_at_mirrored(name: str) -> bool:
    """Whether an available backbone looks at mirrored views of a picture."""
    card = _card(name)
    return card is not None and look_at_mirrored(card.members)


def backbones_offered(*, left_right_matters: bool) -> tuple[str, ...]:
    """The available backbones without those that another one stands for.

    Args:
        left_right_matters: whether a mirrored picture would be another finding. Then none is
            offered that looks at mirrored views; else none that is another one without them.
    """
    names = backbone_names()
    if left_right_matters:
        return tuple(name for name in names if not looks_at_mirrored(name))
    unmirrored = {_unmirrored(name) for name in names}
    return tuple(name for name in names if name not in unmirrored)


def in_place_of(name: str, *, left_right_matters: bool) -> str:
    """The backbone to offer first where a method was made for the one of this name."""
    return (_unmirrored(name) or name) if left_right_matters else name


def _unmirrored(name: str) -> str:
    """The name of the available backbone that is this one without mirrored views; "" if none is."""
    card = _card(name)
    other = _card(card.unmirrored) if card is not None and card.unmirrored else None
    if card is None or other is None or not same_without_mirrored(card.members, other.members):
        return ""
    return card.unmirrored


def _card(name: str) -> ModelCard | None:
    """The card of an available backbone; None where it is none."""
    if name not in backbone_names():
        return None
    path = card_path(name)
    try:
        stat = path.stat()
        return _read(path, stat.st_mtime_ns, stat.st_size)
    except (OSError, BackboneError):
        return None


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int, _size: int) -> ModelCard:
    return ModelCard.read(path)
