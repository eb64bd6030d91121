"""Images as Python users have them → `MedicalImage`, each checked where it comes in."""

import hashlib
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from medmeta_core.episodes.pixels import model_pixels
from medmeta_core.errors import MedMetaError, SupportSetError
from medmeta_core.imaging import LIMITS, MedicalImage
from medmeta_core.imaging import read_image as read_file
from medmeta_core.imaging.regular_file import regular_file

Pixels = NDArray[Any] | Tensor
OneImage = str | PathLike[str] | bytes | MedicalImage | Pixels
"""A path, the bytes of a file, or an array (h, w), (1, h, w) or (3, h, w) of floats in [0, 1]."""

Images = OneImage | Iterable[OneImage]
"""Images one by one, or an array (n, 1 or 3, h, w) of them."""


def read_image(source: OneImage, *, frame: int | None = None) -> MedicalImage:
    """The picture in a file or an array.

    Files of DICOM, TIFF, PNG, JPEG and others are decoded in a process of their own, under limits
    of memory and time, as everywhere in MedMeta.

    >>> image = read_image(np.array([[0.0, 0.5], [0.75, 1.0]]))
    >>> image.pixels.shape, float(image.pixels.max())
    ((1, 2, 2), 1.0)
    >>> read_image(np.zeros((8, 8, 3)))
    Traceback (most recent call last):
    medmeta_core.errors.SupportSetError: image: expected (h, w), (1, h, w) or (3, h, w), found \
(8, 8, 3); channels come before height and width.

    Args:
        source: a path, the bytes of a file, or an array (h, w), (1, h, w) or (3, h, w) of floats
            in [0, 1]; a `MedicalImage` as it is.
        frame: of a file with several, from 0; None takes the middle one.

    Raises:
        UnreadableImageError: the bytes break a rule of the reader.
        SupportSetError: the array has another shape or kind of numbers, or numbers beyond [0, 1].
        MedMetaError: there is no such file.
    """
    if isinstance(source, MedicalImage):
        return source
    if isinstance(source, np.ndarray | Tensor):
        return _of_array(source)
    if isinstance(source, bytes):
        return read_file(source, frame=frame)
    if isinstance(source, str | PathLike):
        return read_file(regular_file(Path(source), max_bytes=LIMITS.zip_bytes), frame=frame)
    raise SupportSetError("image-type", found=type(source).__name__)


def read_images(images: Images) -> Iterator[MedicalImage]:
    """The pictures of several images, or of one, in their order.

    Raises:
        MedMetaError: one cannot be read; a note says which.
    """
    for position, one in enumerate(_one_by_one(images)):
        try:
            image = read_image(one)
        except MedMetaError as error:
            error.add_note(f"images[{position}]")
            raise
        yield image


def _one_by_one(images: Images) -> Iterable[OneImage]:
    if isinstance(images, np.ndarray | Tensor):
        is_many = images.ndim == 4 or (images.ndim == 1 and _has_objects(images))
        return images if is_many else [images]
    if isinstance(images, str | PathLike | bytes | MedicalImage):
        return [images]
    if not isinstance(images, Iterable):
        raise SupportSetError("image-type", found=type(images).__name__)
    return images


def _has_objects(images: Pixels) -> bool:
    return isinstance(images, np.ndarray) and images.dtype.kind in "OUS"


def _of_array(source: Pixels) -> MedicalImage:
    shape = tuple(source.shape)
    planes = source[None] if len(shape) == 2 else source
    if planes.ndim != 3 or planes.shape[0] not in (1, 3) or 0 in shape:
        is_last = len(shape) == 3 and shape[-1] in (1, 3)
        raise SupportSetError("image-channels-last" if is_last else "image-shape", found=str(shape))
    checked = model_pixels(planes[None])[0, : planes.shape[0]].clamp(0, 1)
    pixels = np.ascontiguousarray(checked.detach().cpu().numpy(), np.float32)
    digest = hashlib.sha256(f"{pixels.shape}".encode())
    digest.update(pixels.data)
    return MedicalImage(pixels, modality="OT", source_digest=digest.hexdigest())
