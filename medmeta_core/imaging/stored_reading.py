"""Stored images brought to the size that is needed, in the guarded child.

A stored image may have 40 million pixels; a screen needs a million of them, a network 50,000.
"""

from collections.abc import Iterable, Iterator

from medmeta_core.imaging.frame import develop
from medmeta_core.imaging.guard.answers import frame_of, inspected, square_of
from medmeta_core.imaging.guard.guard import Guard
from medmeta_core.imaging.image import FloatArray, MedicalImage
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import unreadable
from medmeta_core.imaging.storable import THUMBNAIL_SIDE, StorableImage

SECONDS = LIMITS.storing_seconds

SHOWN_SIDE = 1024
"""Longest side of an image on a screen: a pane is never as wide."""


def read_stored(content: bytes, *, max_side: int = SHOWN_SIDE) -> MedicalImage:
    """The image of a stored form, its longer side at most `max_side`.

    Raises:
        UnreadableImageError: the bytes are no stored form.
    """
    with Guard() as guard:
        header, planes = _only(guard.ask("reduce", content, seconds=SECONDS, max_side=max_side))
    source = str(header.get("source", ""))[:64]
    return develop(frame_of(header | {"patient": None}, planes), source_digest=source)


def square_stored(contents: Iterable[bytes], side: int) -> Iterator[FloatArray]:
    """The squares (1 or 3, side, side) of stored forms, one after the other.

    Raises:
        UnreadableImageError: the bytes are no stored form.
    """
    with Guard() as guard:
        for content in contents:
            yield square_of(
                *_only(guard.ask("square", content, seconds=SECONDS, side=side)), side=side
            )


def inspect_stored(contents: Iterable[bytes]) -> Iterator[StorableImage]:
    """What stored forms of unknown hands say of themselves, one after the other.

    Raises:
        UnreadableImageError: the bytes are no stored form.
    """
    with Guard() as guard:
        for content in contents:
            answers = guard.ask("inspect", content, seconds=SECONDS, thumbnail_side=THUMBNAIL_SIDE)
            yield inspected(*_only(answers), stored=content)


def _only(
    answers: Iterator[tuple[dict[str, object], bytearray]],
) -> tuple[dict[str, object], bytearray]:
    """The one answer, when the child has said that there is no other."""
    found = list(answers)
    if len(found) != 1:
        raise unreadable("decoder-crashed")
    return found[0]
