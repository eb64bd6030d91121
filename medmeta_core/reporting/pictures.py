"""Pictures made fit for a report: small enough to send, plain enough for every viewer."""

import io
from base64 import b64encode

import numpy as np
from matplotlib import colormaps
from PIL import Image

from medmeta_core.reporting.report import ColourMap

MAX_SIDE = 720
"""Longest side in pixels: about 220 dots an inch at the printed size."""
MAX_SIDE_SMALL = 200
JPEG_QUALITY = 90


def for_print(content: bytes, *, max_side: int = MAX_SIDE) -> bytes:
    """The picture with its longest side at most `max_side`: grey as PNG, colour as JPEG."""
    with Image.open(io.BytesIO(content)) as opened:
        grey = opened.mode in ("1", "L", "LA", "I;16", "I")
        picture = opened.convert("L" if grey else "RGB")
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if grey:
        picture.save(buffer, "PNG", optimize=True)
    else:
        picture.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    with Image.open(io.BytesIO(content)) as opened:
        return opened.size


def colour_bar_png(colour_map: ColourMap) -> bytes:
    """The colours from 0 (left) to 1 (right), 256 x 8 pixels."""
    colours = colormaps[colour_map](np.linspace(0, 1, 256))[:, :3]
    row = (colours * 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.repeat(row[None], 8, axis=0)).save(buffer, "PNG")
    return buffer.getvalue()


def upright(content: bytes) -> bytes:
    """A picture turned so that its right end is up, as PNG."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(content)) as opened:
        opened.transpose(Image.Transpose.ROTATE_90).save(buffer, "PNG")
    return buffer.getvalue()


def data_uri(content: bytes) -> str:
    """The picture as an address that needs no network."""
    kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{b64encode(content).decode('ascii')}"
