"""Where the backbone in use is slow on this machine, and which one is quicker."""

from dataclasses import dataclass

from medmeta_core.casework.adaptation_cache import CACHE
from medmeta_core.embedding import backbone_card, backbone_names, load_backbone
from medmeta_core.embedding.joint.member import members_from
from medmeta_core.errors import BackboneError
from medmeta_core.workspace import AdaptationRecord

SLOW = 0.15
"""Seconds per image: above, a case with its heat map keeps the reader waiting."""


@dataclass(frozen=True)
class SlowBackbone:
    """A backbone that is slow here.

    Attributes:
        seconds: for an image, as measured.
        quicker: name of the first of its members, which is one network with one view.
    """

    seconds: float
    quicker: str


def slow_backbone_of(record: AdaptationRecord) -> SlowBackbone | None:
    """What was measured, where an adaptation's joint backbone is slow here; else None.

    Nothing is loaded for it: what is not in memory was not measured.
    """
    names = backbone_names()
    if record.backbone not in names or CACHE.get(record.id) is None:
        return None
    try:
        card = backbone_card(record.backbone)
        quicker = members_from(card.members, name=card.name)[0].name if card.members else ""
        seconds = load_backbone(record.backbone).seconds_per_image
    except BackboneError:
        return None
    if quicker not in names or seconds is None or seconds <= SLOW:
        return None
    return SlowBackbone(seconds, quicker)
