"""`Member`: one network of a joint backbone, as cards and files state it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from medmeta_core.embedding.joint.views import MIRRORED, VIEWS
from medmeta_core.errors import BackboneError


@dataclass(frozen=True)
class Member:
    """One network of several.

    Attributes:
        name: of the backbone that it is.
        sha256: digest of that backbone's weights.
        views: keys of `VIEWS`.
        weight: of its part of the embedding.
    """

    name: str
    sha256: str
    views: tuple[str, ...] = ("whole",)
    weight: float = 1.0

    def as_json(self) -> dict[str, Any]:
        """As it stands in a card and in the header of the weights."""
        return asdict(self) | {"views": list(self.views)}


def is_plain_name(name: object) -> bool:
    """Whether it can be the name of a file in a folder."""
    return isinstance(name, str) and Path(name).name == name and name not in ("", ".", "..")


def are_views(views: Sequence[object]) -> bool:
    """Whether these are views, each once."""
    is_known = all(isinstance(view, str) and view in VIEWS for view in views)
    return is_known and len(set(views)) == len(views) > 0


def is_weight(weight: object) -> bool:
    """Whether it is a finite number above 0."""
    is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
    return is_number and isfinite(weight) and weight > 0  # type: ignore[arg-type, operator]


def members_from(stated: object, *, name: str) -> tuple[Member, ...]:
    """The members that the card of a backbone of this name, or its file, states.

    Raises:
        BackboneError: it states none, or what cannot be one; or one of them twice.
    """
    entries = stated if isinstance(stated, list) else []
    members = tuple(_member(entry) for entry in entries)
    found = [member for member in members if member is not None]
    names = {member.name for member in found}
    if not found or len(found) < len(members) or len(names) < len(found) or name in names:
        raise BackboneError("card-members", name=name)
    return tuple(found)


def _member(entry: object) -> Member | None:
    if not isinstance(entry, Mapping) or not entry.keys() <= Member.__dataclass_fields__.keys():
        return None
    views = entry.get("views", ["whole"])
    is_sound = (
        is_plain_name(entry.get("name"))
        and isinstance(entry.get("sha256"), str)
        and isinstance(views, list)
        and are_views(views)
        and is_weight(entry.get("weight", 1.0))
    )
    if not is_sound:
        return None
    weight = float(entry.get("weight", 1.0))
    return Member(entry["name"], entry["sha256"], tuple(views), weight)


def names_in(stated: object) -> set[str]:
    """The names among the members that a card states, sound or not."""
    entries = stated if isinstance(stated, list) else []
    return {str(entry["name"]) for entry in entries if isinstance(entry, dict) and "name" in entry}


def look_at_mirrored(stated: object) -> bool:
    """Whether any member that a card states looks at a mirrored view."""
    return any(MIRRORED in views for _, views in _views_by_name(stated))


def same_without_mirrored(stated: object, other: object) -> bool:
    """Whether the members of another card are these, but look at no mirrored view."""
    expected = [(name, views - {MIRRORED}) for name, views in _views_by_name(stated)]
    return bool(expected) and expected == list(_views_by_name(other))


def _views_by_name(stated: object) -> Iterator[tuple[str, frozenset[str]]]:
    for entry in stated if isinstance(stated, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("views"), list):
            yield str(entry.get("name")), frozenset(map(str, entry["views"]))
