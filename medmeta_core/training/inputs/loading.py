"""A file → the square of pixels that training draws its views from."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging import MedicalImage, read_image

STORED_SIDE = 256
"""Side of the squares kept in memory: large enough for crops that a teacher sees at 192 px."""

PLAIN_MODES = ("1", "L", "P", "RGB", "CMYK", "YCbCr")
"""Pillow's modes of eight bits and no transparency; the others need the guarded reader's care."""


def read_square(path: Path) -> tuple[Tensor, str | None]:
    """A picture (3, STORED_SIDE, STORED_SIDE) uint8, and its patient where the file names one.

    Plain pictures are the trainer's own and are decoded here, ten times as fast as in the
    guarded child, which reads everything else (DICOM, 16 bits).

    Raises:
        UnreadableImageError: neither can read it.
    """
    try:
        with Image.open(path) as picture:
            if picture.mode in PLAIN_MODES:
                return _plain_square(picture), None
    except FileNotFoundError as error:
        raise UnreadableImageError("no-such-file") from error
    except (UnidentifiedImageError, OSError, ValueError):
        pass  # no plain picture, or a damaged one: the guarded reader says which rule it breaks
    image = read_image(path.read_bytes())
    return _guarded_square(image), image.patient_key


def _plain_square(picture: Image.Image) -> Tensor:
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    square = upright.resize((STORED_SIDE, STORED_SIDE), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.asarray(square).copy()).permute(2, 0, 1).contiguous()


def _guarded_square(image: MedicalImage) -> Tensor:
    side = (STORED_SIDE, STORED_SIDE)
    pixels = F.interpolate(torch.tensor(image.pixels)[None], side, mode="bilinear", antialias=True)
    square = (255 * pixels[0]).round().clamp(0, 255).to(torch.uint8)
    return square.expand(3, *side).contiguous()
