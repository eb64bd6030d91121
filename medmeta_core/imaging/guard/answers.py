"""What a child answered, checked and made a `DecodedFrame`."""

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.description import Description
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.guard.wire import Header
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import unreadable

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
        patient = header["patient"]
        if patient is not None and not _DIGEST.fullmatch(patient):
            raise ValueError("patient: expected a digest")
        said = Description.from_json(header["description"])
        if "levels" not in planes and ("values" not in planes or said.window is None):
            raise ValueError("planes: expected levels, or values and a window")
        return DecodedFrame(said, planes.get("values"), planes.get("levels"), patient)
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
