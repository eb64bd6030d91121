"""Grey frames: stored values → modality values → window or VOI LUT → polarity.

PS3.3 C.11.1 (modality LUT), C.11.2 (VOI LUT), C.7.6.3.1.2 (MONOCHROME1).
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from medmeta_core.imaging.description import Description
from medmeta_core.imaging.formats.dicom.bits import used_bits
from medmeta_core.imaging.formats.dicom.layout import Layout
from medmeta_core.imaging.formats.dicom.lookup import LookUpTable, Span, look_up_table
from medmeta_core.imaging.formats.dicom.palette import is_coloured
from medmeta_core.imaging.formats.dicom.tags import Tags
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.image import FloatArray, Window
from medmeta_core.imaging.windowing import assumed_window, exact_window, finite, full_range

Stored = NDArray[Any]

UNITS = {"HU": "HU", "OD": "OD", "MGML": "mg/ml"}
POSITRON_UNITS = {"BQML": "Bq/ml", "CNTS": "counts", "CPS": "counts/s", "GML": "g/ml"}
PADDING = ("PixelPaddingValue", "PixelPaddingRangeLimit")
PADDING_KINDS = {"f4": "Float", "f8": "DoubleFloat"}
BLOCK_ROWS = 256
LEVELS = 65535

SPAN_OF_TABLE = (0, 65535)
"""Of what a modality LUT gives."""


def grey_frame(
    stored: Stored, tags: Tags, *, layout: Layout, description: Description
) -> DecodedFrame:
    """The frame of stored values (height, width).

    Raises:
        Refused: a look-up table contradicts itself.
    """
    is_inverted = layout.photometric == "MONOCHROME1"
    is_inverted |= tags.code("PresentationLUTShape") == "INVERSE"
    table = _table("ModalityLUTSequence", tags, span=layout.span)
    values = finite(_rescaled(stored, tags) if table is None else table(stored))
    description = replace(
        description, inverted=is_inverted, units=_units(tags, description.modality)
    )
    if table is None and tags.number("RescaleSlope") == 0:
        description = description.with_note("rescale-slope-zero")
    span = SPAN_OF_TABLE if table is not None else _span(tags, layout, units=description.units)
    levels = _levels(values, tags, span=span)
    if levels is not None:
        levels = LEVELS - levels if is_inverted else levels
        return DecodedFrame(description, values=values, levels=levels[None])
    window = _window(stored, tags)
    if window is None:
        is_aside = _is_padding(stored, tags, layout) | is_coloured(stored, tags, span=layout.span)
        window = assumed_window(values if is_aside.all() else values[~is_aside])
        description = description.with_note("window-assumed")
    return DecodedFrame(description.with_window(window), values=values)


def _rescaled(stored: Stored, tags: Tags) -> FloatArray:
    """Stored × slope + intercept, computed in float64 and rounded once."""
    slope, intercept = _rescale(tags)
    if (slope, intercept) == (1, 0):
        return stored.astype(np.float32)
    values = np.empty(stored.shape, np.float32)
    for row in range(0, len(stored), BLOCK_ROWS):  # in blocks: float64 of all would be large
        block = slice(row, row + BLOCK_ROWS)
        values[block] = stored[block].astype(np.float64) * slope + intercept
    return values


def _rescale(tags: Tags) -> tuple[float, float]:
    """Slope and intercept; one without the other counts for nothing, and so does a slope of 0."""
    slope, intercept = tags.number("RescaleSlope"), tags.number("RescaleIntercept")
    return (slope, intercept) if slope and intercept is not None else (1.0, 0.0)


def _levels(values: FloatArray, tags: Tags, *, span: Span) -> NDArray[np.uint16] | None:
    """Brightness through a VOI LUT or a sigmoid; None where a linear window holds."""
    table = _table("VOILUTSequence", tags, span=span)
    if table is not None:
        return table.levels()(values)
    window = _stated_window(tags)
    if window is None or tags.code("VOILUTFunction") != "SIGMOID":
        return None
    return _through_sigmoid(values, window)


def _span(tags: Tags, layout: Layout, *, units: str) -> Span:
    """The lowest and the highest value that rescaling can give, be they in this frame or not.

    By this the first value of a VOI LUT has a sign or has none (PS3.3 C.11.2.1.1); HU always
    have one.
    """
    slope, intercept = _rescale(tags)
    low, high = sorted(value * slope + intercept for value in layout.span)
    return (min(low, -1) if units == "HU" else low), high


def _through_sigmoid(values: FloatArray, window: Window) -> NDArray[np.uint16]:
    """Levels of brightness (PS3.3 C.11.2.1.3.1)."""
    levels = np.empty(values.shape, np.uint16)
    for row in range(0, len(values), BLOCK_ROWS):
        block = slice(row, row + BLOCK_ROWS)
        with np.errstate(over="ignore"):
            brightness = 1 / (1 + np.exp(-4 * (values[block] - window.centre) / window.width))
        levels[block] = np.rint(brightness * LEVELS)
    return levels


def _window(stored: Stored, tags: Tags) -> Window | None:
    """The window that is stated, or that up to 8 bits need not state."""
    window = _stated_window(tags)
    if window is None:
        return _window_of_few_bits(tags)
    return _linear(window, tags, is_fraction=stored.dtype.kind == "f")


def _linear(window: Window, tags: Tags, *, is_fraction: bool) -> Window:
    """The stated window as a LINEAR one.

    LINEAR knows no width below 1 and counts in whole steps (PS3.3 C.11.2.1.2.1): where a
    smaller width is stated, or the pixels are fractions, LINEAR_EXACT must be meant.
    """
    is_exact = tags.code("VOILUTFunction") == "LINEAR_EXACT"
    if is_exact or window.width < 1 or is_fraction:
        return exact_window(window.centre, window.width)
    return window


def _is_padding(stored: Stored, tags: Tags, layout: Layout) -> NDArray[np.bool_]:
    """Where pixels only fill up the frame (PS3.3 C.7.5.1.1.2)."""
    kind = PADDING_KINDS.get(stored.dtype.str[1:], "")
    numbers = (tags.number(f"{kind}{keyword}") for keyword in PADDING)
    value, limit = numbers if kind else (_as_stored(number, layout) for number in numbers)
    if value is None:
        return np.zeros(stored.shape, np.bool_)
    low, high = sorted((value, value if limit is None else limit))
    return np.asarray((stored >= low) & (stored <= high))


def _as_stored(number: float | None, layout: Layout) -> float | None:
    """A number that stands for a stored value, with the sign that stored values have.

    Some writers state it with the other sign's value representation: 63536 for -2000.
    """
    if number is None or number != int(number):
        return number
    bits = np.array([[int(number) % 2**64]], np.uint64)
    return float(used_bits(bits, replace(layout, high=layout.stored - 1))[0, 0])


def _stated_window(tags: Tags) -> Window | None:
    centre, width = tags.number("WindowCenter"), tags.number("WindowWidth")
    return None if centre is None or width is None or width <= 0 else Window(centre, width)


def _window_of_few_bits(tags: Tags) -> Window | None:
    """From the lowest to the highest of unsigned values of up to 8 bits."""
    n_bits = tags.count("BitsStored") or tags.count("BitsAllocated") or 16
    slope, intercept = _rescale(tags)
    has_table = _table("ModalityLUTSequence", tags, span=SPAN_OF_TABLE) is not None
    if n_bits > 8 or tags.count("PixelRepresentation") or has_table or slope <= 0:
        return None
    white = tags.count("MaximumFractionalValue") or 2**n_bits - 1
    return full_range(intercept, white * slope + intercept)


def _table(keyword: str, tags: Tags, *, span: Span) -> LookUpTable | None:
    items = [item for item in tags.items(keyword) if _is_filled(item)]
    if not items:
        return None
    item = Tags(items[0])
    return look_up_table(
        item.numbers("LUTDescriptor"),
        item.value("LUTData"),
        is_little_endian=items[0].original_encoding[1] is not False,
        span=span,
    )


def _is_filled(item: Dataset) -> bool:
    """Some writers leave an empty form where they have no table."""
    return any(Tags(item).value(keyword) is not None for keyword in ("LUTDescriptor", "LUTData"))


def _units(tags: Tags, modality: str) -> str:
    """Of the modality values, where they are stated or the standard knows them."""
    if modality == "PT":
        return POSITRON_UNITS.get(tags.code("Units"), "")
    stated = tags.code("RescaleType")
    if tags.number("RescaleSlope") == 0:
        return ""
    if modality == "CT" and not stated and tags.number("RescaleIntercept") is not None:
        return "HU"  # PS3.3 C.8.2.1: original images are in HU
    return UNITS.get(stated, "")
