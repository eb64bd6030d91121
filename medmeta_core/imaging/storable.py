"""`StorableImage`: an image on its way into a store, its full resolution only in bytes."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from medmeta_core.imaging.description import Description
from medmeta_core.imaging.image import MedicalImage
from medmeta_core.imaging.picture_out import as_webp, thumbnail
from medmeta_core.imaging.reducing import EightBits
from medmeta_core.imaging.stored_form import encode_image

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
