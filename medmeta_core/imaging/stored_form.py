"""A `MedicalImage` as bytes of our own: lossless, without pickle, safe to read in any process.

Layout: `MAGIC`, the length of the header (4 bytes, big-endian), the header (JSON), the
planes. Nothing in it says whose image it is: the patient key is left out. `StorableImage` is an
image on its way into a store, its full resolution only in these bytes.
"""

import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from medmeta_core.imaging.description import Description
from medmeta_core.imaging.frame import DecodedFrame, Levels, brightness, pixels_of, to_image
from medmeta_core.imaging.image import FloatArray, MedicalImage
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.picture_out import as_webp, thumbnail
from medmeta_core.imaging.planes import Array, pack, same_bits, unpack
from medmeta_core.imaging.reducing import EightBits
from medmeta_core.imaging.refusals import Refused, unreadable

MAGIC = b"MedMeta image 1\n"
MAX_HEADER_BYTES = 65536

DAMAGED = (ValueError, KeyError, TypeError, IndexError, OverflowError, zlib.error, RecursionError)
"""What bytes that are no stored form lead to."""


def encode_image(image: MedicalImage) -> bytes:
    """The stored form; the same image gives the same bytes.

    `decode_image` gives back the same pixels and values to the last bit, and everything
    but the patient key.
    """
    description = Description.of(image)
    planes: dict[str, Array] = {} if image.values is None else {"values": image.values}
    return _encoded(
        description, planes | _planes_of_pixels(image, description), image.source_digest
    )


def encode_frame(frame: DecodedFrame, *, source_digest: str) -> bytes:
    """The bytes that `encode_image` gives for the image of this frame, without making it."""
    planes: dict[str, Array] = {} if frame.values is None else {"values": frame.values}
    if frame.levels is not None:
        planes["levels"] = _fewest_bits(frame.levels)
    return _encoded(frame.description, planes, source_digest)


def decode_image(content: bytes) -> MedicalImage:
    """The image that `encode_image` wrote.

    Raises:
        UnreadableImageError: it did not write this.
    """
    try:
        stored = _take_apart(content)
        return _restore(stored)
    except DAMAGED as error:
        raise unreadable("damaged-image") from error


def decode_frame(content: bytes) -> tuple[DecodedFrame, str]:
    """(frame, digest of its source) of a stored form, in the fewest bytes; runs in the child.

    Pixels that never were of few levels are rounded to 65,536 of them.

    Raises:
        Refused: `encode_image` did not write this.
    """
    try:
        stored = _take_apart(content)
        levels = stored.planes.get("levels")
        if "pixels" in stored.planes:
            require_within(stored.planes["pixels"], 0, 1)
            levels = np.rint(stored.planes["pixels"] * 65535).astype(np.uint16)
        frame = DecodedFrame(stored.description, stored.planes.get("values"), levels)
        if levels is None and (frame.values is None or stored.description.window is None):
            raise ValueError("a frame needs levels, or values and a window")
        return frame, stored.source
    except DAMAGED as error:
        raise Refused("damaged-image") from error


def require_within(numbers: Array, low: float, high: float) -> None:
    """Nothing, where all numbers are within these bounds and none is NaN.

    Raises:
        ValueError: they are not.
    """
    if not (numbers.size and np.min(numbers) >= low and np.max(numbers) <= high):
        raise ValueError(f"expected numbers from {low} to {high}")


def _encoded(description: Description, planes: dict[str, Array], source_digest: str) -> bytes:
    packed = {name: pack(np.ascontiguousarray(plane)) for name, plane in planes.items()}
    header = {
        "description": description.to_json(),
        "source": source_digest,
        "planes": [[name, len(content), spec] for name, (spec, content) in packed.items()],
    }
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode("ascii")
    contents = (content for _, content in packed.values())
    return b"".join((MAGIC, len(text).to_bytes(4, "big"), text, *contents))


@dataclass(frozen=True, eq=False)
class _Stored:
    description: Description
    source: str
    planes: dict[str, Array]


def _planes_of_pixels(image: MedicalImage, description: Description) -> dict[str, Array]:
    """Nothing where the window says it all, else levels, else the pixels themselves."""
    if image.values is not None and image.window is not None:
        rendered = pixels_of(None, image.values, description=description)
        if rendered.shape == image.pixels.shape and same_bits(rendered, image.pixels):
            return {}
    levels = _levels(image.pixels)
    return {"pixels": image.pixels} if levels is None else {"levels": levels}


def _fewest_bits(levels: Levels) -> Levels:
    """The same brightness in 8 bits where that is exact."""
    if levels.dtype == np.uint8:
        return levels
    is_exact = all(bool((row % 257 == 0).all()) for row in levels)  # 65535 is 255 x 257
    return (levels // 257).astype(np.uint8) if is_exact else levels


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
    description, planes = stored.description, stored.planes
    frame = DecodedFrame(description, planes.get("values"), planes.get("levels"))
    if "pixels" not in planes:
        return to_image(frame, source_digest=stored.source)
    return MedicalImage(
        pixels=planes["pixels"],
        source_digest=stored.source,
        values=frame.values,
        **description.as_fields(),
    )


THUMBNAIL_SIDE = 160


@dataclass(frozen=True, eq=False)
class StorableImage:
    """What a store keeps of an image.

    Attributes:
        content: the stored form (see `encode_image`); nothing in it says whose image it is.
        thumbnail: WebP in true shape that fits into a square of `THUMBNAIL_SIDE` pixels.
        description: what is known of the image besides its pixels.
        height, width: in pixels as stored.
        source_digest: sha256 (hex) of the bytes that the image came from.
        patient_key: see `MedicalImage`.
    """

    content: bytes | bytearray
    thumbnail: bytes
    description: Description
    height: int
    width: int
    source_digest: str
    patient_key: str | None = None

    @classmethod
    def of(cls, image: MedicalImage) -> "StorableImage":
        """An image that was decoded in this process."""
        return cls(
            content=encode_image(image),
            thumbnail=thumbnail(image, THUMBNAIL_SIDE),
            description=Description.of(image),
            height=image.height,
            width=image.width,
            source_digest=image.source_digest,
            patient_key=image.patient_key,
        )


def webp_of(levels: EightBits) -> bytes:
    """The thumbnail of levels (1 or 3, h, w)."""
    planes = levels[0] if len(levels) == 1 else np.ascontiguousarray(levels.transpose(1, 2, 0))
    return as_webp(Image.fromarray(planes))
