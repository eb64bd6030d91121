"""DICOM → `DecodedFrame`s."""

from collections.abc import Iterator
from typing import BinaryIO
import numpy as np, pydicom
from pydicom.pixels import pixel_array, apply_modality_lut, apply_voi_lut, apply_color_lut
from medmeta_core.imaging.description import Description
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.image import Window
from medmeta_core.imaging.notes import noted
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.selection import Wanted, check_pixels, frame_numbers
from medmeta_core.imaging.windowing import assumed_window


def is_dicom(head):
    return head[128:132] == b"DICM"


def decode_unmarked(content, wanted):
    raise Refused("not-an-image")


def decode(content: BinaryIO, wanted: Wanted) -> Iterator[DecodedFrame]:
    ds = pydicom.dcmread(content)
    if "PixelData" not in ds:
        raise Refused("no-pixels", kind="another kind of object")
    check_pixels(ds.Columns, ds.Rows)
    n = int(ds.get("NumberOfFrames", 1) or 1)
    for i in frame_numbers(wanted, n):
        a = pixel_array(ds, index=i)
        said = Description(
            frame=i,
            n_frames=n,
            modality=str(ds.get("Modality", "OT")),
            inverted=ds.PhotometricInterpretation == "MONOCHROME1",
        )
        if ds.PhotometricInterpretation == "PALETTE COLOR":
            a = apply_color_lut(a, ds)
            a = a if a.dtype == np.uint8 else (a >> 8).astype(np.uint8)
        if a.ndim == 3:
            yield noted(DecodedFrame(said, levels=a.transpose(2, 0, 1)))
            continue
        v = np.asarray(apply_modality_lut(a, ds)).astype(np.float32)
        wc, ww = ds.get("WindowCenter"), ds.get("WindowWidth")
        if wc is None or not ww:
            said = said.with_window(assumed_window(v)).with_note("window-assumed")
        else:
            wc = wc if isinstance(wc, (int, float)) else wc[0]
            ww = ww if isinstance(ww, (int, float)) else ww[0]
            said = said.with_window(Window(float(wc), float(ww)))
        yield noted(DecodedFrame(said, values=v))
