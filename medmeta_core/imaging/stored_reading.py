"""Stored images brought to the size that is needed, in the guarded child.

A stored image may have 40 million pixels; a screen needs a million of them, a network 50,000.
"""

from collections.abc import Iterator
from typing import BinaryIO

from medmeta_core.imaging.frame import to_image
from medmeta_core.imaging.guard.guard import Guard
from medmeta_core.imaging.guard.responses import frame_of, inspected, square_of
from medmeta_core.imaging.image import FloatArray, MedicalImage
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import unreadable
from medmeta_core.imaging.stored_form import THUMBNAIL_SIDE, StorableImage

SECONDS = LIMITS.storing_seconds

SHOWN_SIDE = 1024
"""Longest side of an image on a screen: a pane is never as wide."""


def read_stored(content: bytes | BinaryIO, *, max_side: int = SHOWN_SIDE) -> MedicalImage:
    """The image of a stored form, its longer side at most `max_side`.

    Raises:
        UnreadableImageError: the bytes are no stored form.
    """
    with Guard() as guard:
        answers = guard.ask("reduce", content, seconds=SECONDS, max_side=max_side)
        header, planes = _only(answers)
    source = str(header.get("source", ""))[:64]
    return to_image(frame_of(header | {"patient": None}, planes), source_digest=source)


def square_stored(guard: Guard, content: bytes | BinaryIO, side: int) -> FloatArray:
    """The square (1 or 3, side, side) of a stored form; one guard serves many.

    Raises:
        UnreadableImageError: the bytes are no stored form.
    """
    answer = _only(guard.ask("square", content, seconds=SECONDS, side=side))
    return square_of(*answer, side=side)


def digest_stored(guard: Guard, content: bytes | BinaryIO) -> str:
    """The `picture_digest` of a stored form; one guard serves many.

    Raises:
        UnreadableImageError: the bytes are no stored form.
    """
    header, _ = _only(guard.ask("digest", content, seconds=SECONDS))
    return str(header.get("digest", ""))[:64]


def inspect_stored(guard: Guard, content: bytes) -> StorableImage:
    """What a stored form of unknown hands says of itself; one guard serves many.

    Raises:
        UnreadableImageError: the bytes are no stored form.
    """
    answers = guard.ask("inspect", content, seconds=SECONDS, thumbnail_side=THUMBNAIL_SIDE)
    return inspected(*_only(answers), stored=content)


def _only(
    answers: Iterator[tuple[dict[str, object], bytearray]],
) -> tuple[dict[str, object], bytearray]:
    """The one answer, when the child has said that there is no other."""
    results = list(answers)
    if len(results) != 1:
        raise unreadable("decoder-crashed")
    return results[0]
