"""A `MedicalImage` as bytes of our own: lossless, without pickle, safe to read in any process.

Layout: `MAGIC`, the length of the header (4 bytes, big-endian), the header (JSON), the
planes. Nothing in it says whose image it is: the patient key is left out.
"""

import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from medmeta_core.imaging.description import Description
from medmeta_core.imaging.frame import DecodedFrame, Levels, brightness, develop, pixels_of
from medmeta_core.imaging.image import FloatArray, MedicalImage
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.planes import Array, pack, same_bits, unpack
from medmeta_core.imaging.refusals import unreadable

MAGIC = b"MedMeta image 1\n"
MAX_HEADER_BYTES = 65536


def encode_image(image: MedicalImage) -> bytes:
    """The stored form; the same image gives the same bytes.

    `decode_image` gives back the same pixels and values to the last bit, and everything
    but the patient key.
    """
    said = Description.of(image)
    planes: dict[str, Array] = {} if image.values is None else {"values": image.values}
    planes |= _planes_of_pixels(image, said)
    packed = {name: pack(np.ascontiguousarray(plane)) for name, plane in planes.items()}
    header = {
        "description": said.to_json(),
        "source": image.source_digest,
        "planes": [[name, len(content), spec] for name, (spec, content) in packed.items()],
    }
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode("ascii")
    contents = (content for _, content in packed.values())
    return b"".join((MAGIC, len(text).to_bytes(4, "big"), text, *contents))


def decode_image(content: bytes) -> MedicalImage:
    """The image that `encode_image` wrote.

    Raises:
        UnreadableImageError: it did not write this.
    """
    try:
        stored = _take_apart(content)
        return _restore(stored)
    except (ValueError, KeyError, TypeError, IndexError, zlib.error, RecursionError) as error:
        raise unreadable("damaged-image") from error


@dataclass(frozen=True, eq=False)
class _Stored:
    description: Description
    source: str
    planes: dict[str, Array]


def _planes_of_pixels(image: MedicalImage, said: Description) -> dict[str, Array]:
    """Nothing where the window says it all, else levels, else the pixels themselves."""
    if image.values is not None and image.window is not None:
        shown = pixels_of(None, image.values, description=said)
        if shown.shape == image.pixels.shape and same_bits(shown, image.pixels):
            return {}
    levels = _levels(image.pixels)
    return {"pixels": image.pixels} if levels is None else {"levels": levels}


def _levels(pixels: FloatArray) -> Levels | None:
    for dtype in (np.uint8, np.uint16):
        full = np.float32(np.iinfo(dtype).max)
        with np.errstate(invalid="ignore"):
            levels: Levels = np.rint(pixels * full).astype(dtype)
        if same_bits(brightness(levels), pixels):
            return levels
    return None


def _take_apart(content: bytes) -> _Stored:
    start = len(MAGIC) + 4
    if content[: len(MAGIC)] != MAGIC:
        raise ValueError("no stored image")
    n_header = int.from_bytes(content[len(MAGIC) : start], "big")
    if n_header > MAX_HEADER_BYTES:
        raise ValueError(f"header: {n_header} bytes")
    header: dict[str, Any] = json.loads(content[start : start + n_header])
    planes, at = {}, start + n_header
    for name, n_bytes, spec in header["planes"]:
        planes[name] = unpack(spec, content[at : at + n_bytes], max_elements=3 * LIMITS.pixels)
        at += n_bytes
    return _Stored(Description.from_json(header["description"]), str(header["source"]), planes)


def _restore(stored: _Stored) -> MedicalImage:
    said, planes = stored.description, stored.planes
    frame = DecodedFrame(said, planes.get("values"), planes.get("levels"))
    if "pixels" not in planes:
        return develop(frame, source_digest=stored.source)
    return MedicalImage(
        pixels=planes["pixels"],
        source_digest=stored.source,
        values=frame.values,
        **said.as_fields(),
    )
