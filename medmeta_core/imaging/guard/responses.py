"""What a child answered, checked and made a `DecodedFrame`."""

import math
import re
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.description import Description
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.guard.protocol import Header
from medmeta_core.imaging.image import FloatArray
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import unreadable
from medmeta_core.imaging.stored_form import THUMBNAIL_SIDE, StorableImage, webp_of

DTYPES = {"values": ("<f4",), "levels": ("|u1", "<u2")}
N_DIMENSIONS = {"values": 2, "levels": 3}
_DIGEST = re.compile("[0-9a-f]{64}")


def frame_of(header: Header, content: bytearray) -> DecodedFrame:
    """The frame that a child sent.

    Raises:
        UnreadableImageError: an honest child sends no such thing.
    """
    try:
        planes = _planes(header["planes"], content)
        patient = _patient(header)
        description = Description.from_json(header["description"])
        if "levels" not in planes and ("values" not in planes or description.window is None):
            raise ValueError("planes: expected levels, or values and a window")
        return DecodedFrame(description, planes.get("values"), planes.get("levels"), patient)
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable("decoder-crashed") from error


def _planes(specs: list[list[Any]], content: bytearray) -> dict[str, NDArray[Any]]:
    planes, at = dict[str, NDArray[Any]](), 0
    for name, dtype, shape in specs:
        if dtype not in DTYPES[name] or len(shape) != N_DIMENSIONS[name]:
            raise ValueError(f"{name}: {dtype} {shape}")
        n = math.prod(shape)
        if min(shape) < 1 or n > 3 * LIMITS.pixels:
            raise ValueError(f"{name}: {shape}")
        planes[name] = np.frombuffer(content, dtype, n, at).reshape(shape)
        at += n * np.dtype(dtype).itemsize
    return planes


def storable_of(header: Header, content: bytearray, *, source: str, key: bytes) -> StorableImage:
    """The image that a child made ready for the store.

    Raises:
        UnreadableImageError: an honest child sends no such thing.
    """
    try:
        n_stored = _count(header["n_stored"], len(content))
        facts = _facts(header, content[n_stored:], source=source)
        del content[n_stored:]  # cut, not copied: a stored form may have 240 MB
        patient_key = keyed(_patient(header), key)
        return StorableImage(content=content, patient_key=patient_key, **facts)
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable("decoder-crashed") from error


def inspected(header: Header, content: bytearray, *, stored: bytes) -> StorableImage:
    """The image of a stored form that a child looked at.

    Raises:
        UnreadableImageError: an honest child sends no such thing.
    """
    try:
        source = header["source"]
        if not isinstance(source, str) or len(source) > 64:
            raise ValueError("source: expected a digest")
        return StorableImage(content=stored, **_facts(header, content, source=source))
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable("decoder-crashed") from error


def square_of(header: Header, content: bytearray, *, side: int) -> FloatArray:
    """The square (1 or 3, side, side) that a child sent.

    Raises:
        UnreadableImageError: an honest child sends no such thing.
    """
    try:
        shape = tuple(header["shape"])
        if shape not in ((1, side, side), (3, side, side)):
            raise ValueError(f"square: {shape}")
        return np.frombuffer(content, "<f4", math.prod(shape)).reshape(shape)
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable("decoder-crashed") from error


def keyed(digest: str | None, key: bytes) -> str | None:
    """Equal for images of one patient under one key; without the key it cannot be guessed."""
    if digest is None:
        return None
    return blake2b(bytes.fromhex(digest), key=key[:64], digest_size=16).hexdigest()


def _facts(header: Header, thumbnail: bytearray, *, source: str) -> dict[str, Any]:
    shape = tuple(header["thumbnail"])
    if len(shape) != 3 or shape[0] not in (1, 3) or not 1 <= max(shape[1:]) <= THUMBNAIL_SIDE:
        raise ValueError(f"thumbnail: {shape}")
    levels = np.frombuffer(thumbnail, np.uint8, math.prod(shape)).reshape(shape)
    return {
        "thumbnail": webp_of(levels),
        "description": Description.from_json(header["description"]),
        "height": _count(header["height"], LIMITS.pixels),
        "width": _count(header["width"], LIMITS.pixels),
        "source_digest": source,
    }


def _patient(header: Header) -> str | None:
    patient: str | None = header["patient"]
    if patient is not None and not _DIGEST.fullmatch(patient):
        raise ValueError("patient: expected a digest")
    return patient


def _count(value: object, most: int) -> int:
    if not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError("expected a count")
    return value
