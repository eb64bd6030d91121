"""A decoded frame made smaller: for a screen, for a thumbnail, for a network; runs in the child.

A frame of 40 million pixels is worked through in blocks of rows and channel by channel, for the
child's memory is bounded.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medmeta_core.imaging.description import Description
from medmeta_core.imaging.frame import DecodedFrame, brightness, brightness_of
from medmeta_core.imaging.image import FloatArray
from medmeta_core.imaging.picture_out import in_true_shape
from medmeta_core.imaging.square import square_plane

BLOCK_ROWS = 256

EightBits = NDArray[np.uint8]


def reduce_frame(frame: DecodedFrame, max_side: int) -> DecodedFrame:
    """The same frame with its longer side at most `max_side`; spacing and brightness agree."""
    height, width = frame_size(frame)
    longest = max(height, width)
    if longest <= max_side:
        return frame
    size = (max(1, round(width * max_side / longest)), max(1, round(height * max_side / longest)))
    values = None if frame.values is None else _boxed(frame.values, size)
    levels = None if frame.levels is None else _resized(eight_bits(frame), size)
    description = _with_spacing(frame.description, (height / size[1], width / size[0]))
    return replace(frame, description=description, values=values, levels=levels)


def small_levels(frame: DecodedFrame, side: int) -> EightBits:
    """(1 or 3, h, w) in true shape that fits into a square of `side` pixels."""
    picture = in_true_shape(
        _as_picture(eight_bits(frame)), frame.description.pixel_aspect, max_side=side
    )
    planes = np.asarray(picture)
    return planes[None] if planes.ndim == 2 else np.ascontiguousarray(planes.transpose(2, 0, 1))


def square_frame(frame: DecodedFrame, side: int) -> FloatArray:
    """(1 or 3, side, side) brightness, each side scaled apart: what a network sees."""
    if frame.levels is not None:
        planes = (brightness(plane) for plane in frame.levels)
        return np.stack([square_plane(plane, side) for plane in planes])
    return square_plane(_shown_values(frame), side)[None]


def eight_bits(frame: DecodedFrame) -> EightBits:
    """(1 or 3, height, width) as shown, in 256 levels."""
    if frame.levels is None:
        return _rounded(_shown_values(frame))[None]
    if frame.levels.dtype == np.uint8:
        return frame.levels  # type: ignore[return-value]
    return np.stack([_rounded(brightness(plane)) for plane in frame.levels])


def _rounded(brightness: FloatArray) -> EightBits:
    """Brightness (h, w) in 256 levels."""
    out = np.empty(brightness.shape, np.uint8)
    for rows in _blocks(len(brightness)):
        out[rows] = np.rint(brightness[rows] * 255)
    return out


def _shown_values(frame: DecodedFrame) -> FloatArray:
    """(height, width) brightness of the values through the window."""
    values, description = frame.values, frame.description
    if values is None or description.window is None:
        raise ValueError("a frame needs levels, or values and a window")
    out = np.empty_like(values)
    for rows in _blocks(len(values)):
        out[rows] = brightness_of(values[rows], description.window, inverted=description.inverted)
    return out


def _blocks(n_rows: int) -> list[slice]:
    return [slice(at, at + BLOCK_ROWS) for at in range(0, n_rows, BLOCK_ROWS)]


def frame_size(frame: DecodedFrame) -> tuple[int, int]:
    """(height, width) in pixels."""
    plane = frame.values if frame.levels is None else frame.levels
    if plane is None:
        raise ValueError("a frame needs levels or values")
    return int(plane.shape[-2]), int(plane.shape[-1])


def _boxed(values: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Means of values: a value between two tissues is theirs, without ringing."""
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BOX))


def _resized(levels: EightBits, size: tuple[int, int]) -> EightBits:
    picture = _as_picture(levels).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    planes = np.asarray(picture)
    return planes[None] if planes.ndim == 2 else np.ascontiguousarray(planes.transpose(2, 0, 1))


def _as_picture(levels: EightBits) -> Image.Image:
    return Image.fromarray(
        levels[0] if len(levels) == 1 else np.ascontiguousarray(levels.transpose(1, 2, 0))
    )


def _with_spacing(description: Description, factors: tuple[float, float]) -> Description:
    """The description of a frame whose (rows, columns) now stand for so many each."""
    if description.spacing_mm is None:
        return description
    row, column = description.spacing_mm
    return replace(description, spacing_mm=(row * factors[0], column * factors[1]))
