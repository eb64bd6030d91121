"""Where the backbone in use is slow on this machine, and which one is quicker."""

from dataclasses import dataclass

from medmeta_core.embedding import backbone_card, backbone_names, load_backbone
from medmeta_core.errors import BackboneError
from medmeta_core.workspace import AdaptationRecord

SLOW = 0.15
"""Seconds a picture: above, a case with its heat map keeps the reader waiting."""


@dataclass(frozen=True)
class SlowBackbone:
    """A backbone that is slow here.

    Attributes:
        seconds: for a picture, as measured.
        quicker: name of the first of its members, which looks at each picture alone.
    """

    seconds: float
    quicker: str


def slow_backbone_of(record: AdaptationRecord) -> SlowBackbone | None:
    """What was measured, where an adaptation's joint backbone is slow here; else None."""
    names = backbone_names()
    if record.backbone not in names:
        return None
    try:
        members = [str(member["name"]) for member in backbone_card(record.backbone).members]
        if not members or members[0] not in names:
            return None
        seconds = load_backbone(record.backbone).seconds_a_picture
    except BackboneError:
        return None
    return SlowBackbone(seconds, members[0]) if seconds is not None and seconds > SLOW else None
