"""HEIC, the photographs of iPhones → `Raster`, through libheif."""

from typing import BinaryIO

import numpy as np
import pi_heif

from medmeta_core.imaging.formats.coded_colour import coded_profile
from medmeta_core.imaging.formats.raster import Raster, check_size, whole_of
from medmeta_core.imaging.refusals import Refused

WITH_ALPHA = ("LA", "RGBA", "RGBa", "LA;16", "RGBA;16", "RGBa;16")

pi_heif.options.DEPTH_IMAGES = False
pi_heif.options.AUX_IMAGES = False
pi_heif.options.THUMBNAILS = False


def read_heic(content: BinaryIO) -> Raster:
    """The primary picture, turned as its container says; its EXIF is not asked (ISO 23008-12).

    Raises:
        Refused: it is too large, or breaks a rule.
    """
    heif = pi_heif.open_heif(content.read(), convert_hdr_to_8bit=True)
    picture = heif[heif.primary_index]
    check_size(*picture.size)
    samples = np.array(picture)  # a copy: libheif frees its own
    if samples.ndim not in (2, 3):
        raise Refused("decoder-failed")
    profile, note = picture.info.get("icc_profile"), None
    coded = picture.info.get("nclx_profile")
    if not profile and coded:
        profile, note = coded_profile(coded["color_primaries"], coded["transfer_characteristics"])
    notes = [note] if note is not None else []
    if len(heif) > 1:
        notes.append("first-of-several")
    has_alpha = picture.mode in WITH_ALPHA
    colours = samples[..., :-1] if has_alpha else samples
    white = whole_of(samples.dtype)
    return Raster(
        samples=colours[..., 0] if colours.ndim == 3 and colours.shape[2] == 1 else colours,
        whole=white,
        alpha=samples[..., -1] if has_alpha else None,
        opaque=1.0 if white is None else white[1],
        is_premultiplied=picture.mode.startswith("RGBa"),
        profile=profile or None,
        notes=tuple(notes),
    )
