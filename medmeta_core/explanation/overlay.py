"""A heat map laid over its picture."""

import io

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray
from PIL import Image

from medmeta_core.explanation.explanation import Explanation
from medmeta_core.imaging import MedicalImage, as_picture

COLOUR_MAP = "inferno"


def overlay(
    image: MedicalImage, explanation: Explanation, *, opacity: float = 0.5, max_side: int = 768
) -> NDArray[np.uint8]:
    """The picture (h, w, 3) in true shape with the heat map over it; weak places stay clear.

    The opacity of each place is `opacity` times its heat, so that the picture shows through
    where there is no evidence.
    """
    picture = as_picture(image, max_side=max_side).convert("RGB")
    grey = Image.fromarray((explanation.heat_map * 255).astype(np.uint8))
    heat = np.asarray(grey.resize(picture.size, Image.Resampling.BILINEAR), np.float32) / 255
    colours = colormaps[COLOUR_MAP](heat)[..., :3] * 255
    share = (opacity * heat)[..., None]
    return np.asarray(np.asarray(picture) * (1 - share) + colours * share, np.uint8)


def overlay_png(
    image: MedicalImage, explanation: Explanation, *, opacity: float = 0.5, max_side: int = 768
) -> bytes:
    """`overlay` as PNG."""
    buffer = io.BytesIO()
    blended = overlay(image, explanation, opacity=opacity, max_side=max_side)
    Image.fromarray(blended).save(buffer, "PNG")
    return buffer.getvalue()


def heat_map_png(explanation: Explanation) -> bytes:
    """The heat map alone as an 8-bit grey PNG, for a viewer that colours it itself."""
    buffer = io.BytesIO()
    Image.fromarray((explanation.heat_map * 255).round().astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()
