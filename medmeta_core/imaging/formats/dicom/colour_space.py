"""Colour spaces of codestreams: what the samples of a compressed frame are, and YBR → RGB.

docs/decisions/020 has the rule for every combination as a table.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.formats.dicom.codestream import JPEG, JPEG_2000, Codestream
from medmeta_core.imaging.formats.jpeg_header import JpegHeader

YBR = ("YBR_FULL", "YBR_FULL_422")
RGB_ONLY_BY_NAME = ("YBR_ICT", "YBR_RCT")
"""Transforms that JPEG 2000 undoes by itself; anywhere else the samples are RGB."""

RGB_IDS = (b"RGB", b"rgb")
CONTRADICTORY, NOT_CONFORMING = "colour-space-contradictory", "not-conforming"
BLOCK_ROWS = 256
OUTSIDE = 32
"""Levels beyond the range: less comes of lossy compression and of colours shared by pixels."""

MAX_OUTSIDE = 0.05
MIN_CORRELATION = 0.25
"""Of edges: 0.46 and more in 209 pictures as RGB, 0.03 and less as YBR, lossy 4:2:0 included."""

# PS3.3 C.7.6.3.1.2, solved for R, G and B; rows: of Y, Cb and Cr
TO_RGB = np.array(
    [[1, 1, 1], [0, -0.114 * 1.772 / 0.587, 1.772], [1.402, -0.299 * 1.402 / 0.587, 0]], np.float32
)


def is_ybr(stated: str, codestream: Codestream | None) -> tuple[bool, str | None]:
    """Whether decoded colours are YBR, and a note where tag and codestream disagree.

    Args:
        stated: the Photometric Interpretation, of colour.
        codestream: None where the codestream says nothing (run lengths, native pixels).
    """
    family = None if codestream is None else codestream.family
    if codestream is not None and codestream.jpeg is not None and family == JPEG:
        return _is_ybr_of_jpeg(stated, codestream.jpeg)
    is_by_name_alone = family != JPEG_2000 and stated in RGB_ONLY_BY_NAME
    return stated in YBR, NOT_CONFORMING if is_by_name_alone else None


def must_be_looked_at(stated: str, codestream: Codestream | None) -> bool:
    """Whether the tag denies the codestream, so that only the picture can tell its colours.

    Nowhere but in JPEG can pixels share their colours, as the tag YBR_FULL_422 has it; and a
    transform of colours in JPEG 2000 begins with RGB (ISO/IEC 15444-1 G).
    """
    if codestream is not None and codestream.family == JPEG:
        return False
    is_transformed = codestream is not None and codestream.is_transformed
    return stated == "YBR_FULL_422" or (stated in YBR and is_transformed)


def _is_ybr_of_jpeg(stated: str, codestream: JpegHeader) -> tuple[bool, str | None]:
    """By the tag, unless a lossy codestream says otherwise: without loss nothing is transformed.

    A component called R outweighs the markers, an Adobe marker that states no transform the
    tag RGB only.
    """
    has_rgb_ids = codestream.ids in RGB_IDS
    says_rgb = has_rgb_ids or codestream.adobe == 0
    says_ybr = codestream.is_jfif or codestream.adobe == 1
    if stated == "RGB":
        is_ybr_there = codestream.is_dct and says_ybr and not says_rgb
    elif stated in YBR:
        is_ybr_there = not (codestream.is_dct and has_rgb_ids)
    else:  # no tag for JPEG
        return codestream.is_dct and not says_rgb, CONTRADICTORY
    is_denied = says_rgb if is_ybr_there else says_ybr
    is_contradictory = is_denied or is_ybr_there != (stated in YBR)
    return is_ybr_there, CONTRADICTORY if is_contradictory else None


def ybr_to_rgb(samples: NDArray[Any], n_bits: int) -> NDArray[Any]:
    """RGB (h, w, 3) of full-range YBR of `n_bits`, rounded to the nearest level."""
    full = np.float32(2**n_bits - 1)
    middle = np.array([0, 2 ** (n_bits - 1), 2 ** (n_bits - 1)], np.float32)
    rgb = np.empty_like(samples)
    for row in range(0, len(samples), BLOCK_ROWS):
        block = slice(row, row + BLOCK_ROWS)
        colours = (samples[block].astype(np.float32) - middle) @ TO_RGB
        rgb[block] = np.clip(np.floor(colours + np.float32(0.5)), 0, full)
    return rgb


def looks_like_ybr(samples: NDArray[Any], n_bits: int) -> bool:
    """Whether samples (h, w, 3) of `n_bits`, of which it is not known, are YBR rather than RGB.

    Red, green and blue of a picture have the same edges, brightness and differences of colour
    have not; and many colours in RGB would, read as YBR, be none that there are.
    """
    every = slice(None, None, max(1, max(samples.shape[:2]) // 512))
    some = samples[every, every].astype(np.float32) * np.float32(255 / (2**n_bits - 1))
    colours = (some - np.array([0, 128, 128], np.float32)) @ TO_RGB
    is_outside = ((colours < -OUTSIDE) | (colours > 255 + OUTSIDE)).any(axis=-1)
    if is_outside.mean() > MAX_OUTSIDE:
        return False
    edges = np.concatenate(
        [np.diff(some, axis=0).reshape(-1, 3), np.diff(some, axis=1).reshape(-1, 3)]
    )
    energy = np.sqrt((edges**2).sum(axis=0))
    alike = [edges[:, 0] @ edges[:, i] for i in (1, 2)] / np.maximum(energy[0] * energy[1:], 1e-6)
    return bool(alike.min() < MIN_CORRELATION)
