"""`MedicalImage`: one picture as shown, without a word about whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from medmeta_core.short_repr import ShortRepr

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Window:
    """A window in modality units (HU for CT); maps values to brightness by PS3.3 C.11.2.1.2."""

    centre: float
    width: float


@dataclass(frozen=True, eq=False, repr=False)
class MedicalImage(ShortRepr):
    """One frame, decoded and windowed.

    Attributes:
        pixels: (1 or 3, height, width) float32 in [0, 1], as shown on screen.
        modality: DICOM modality code ("CT", "US", "DX"); "OT" for plain pictures.
        source_digest: sha256 (hex) of the bytes the image came from.
        spacing_mm: (row, column) distance of pixel centres, if stated.
        pixel_aspect: height of a pixel over its width; 1 where it is square or not stated.
        window: the linear window that made `pixels`; None where none did (colour, a look-up
            table, a sigmoid).
        values: (height, width) float32 in modality units, kept so that the window can change;
            None for colour pictures.
        units: of `values` ("HU", "" where unknown).
        inverted: True where bright means low (MONOCHROME1).
        frame: which frame this is (from 0), of `n_frames`.
        patient_key: keyed digest that is equal for images of one patient; never an identifier
            of the clinic. None where no patient is stated.
        notes: codes of quality remarks, e.g. "lossy-compression", "window-assumed".
    """

    pixels: FloatArray
    modality: str
    source_digest: str
    spacing_mm: tuple[float, float] | None = None
    pixel_aspect: float = 1.0
    window: Window | None = None
    values: FloatArray | None = None
    units: str = ""
    inverted: bool = False
    frame: int = 0
    n_frames: int = 1
    patient_key: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[0] not in (1, 3):
            raise ValueError(f"pixels: expected (1 or 3, h, w), actual {self.pixels.shape}")
        if self.pixels.dtype != np.float32:
            raise ValueError(f"pixels: expected float32, actual {self.pixels.dtype}")
        if not self.pixel_aspect > 0:
            raise ValueError(f"pixel_aspect: expected above 0, actual {self.pixel_aspect}")

    def _in_short(self) -> Mapping[str, str]:
        """Size, modality, and which frame."""
        size = {"channels": str(len(self.pixels)), "size": f"{self.height} x {self.width}"}
        frame = {"frame": f"{self.frame} of {self.n_frames}"} if self.n_frames > 1 else {}
        return size | {"modality": self.modality} | frame

    @property
    def height(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[2])

    def with_window(self, window: Window) -> "MedicalImage":
        """The same image seen through another window.

        Raises:
            ValueError: the image has no values to look at (a colour picture).
        """
        if self.values is None:
            raise ValueError("with_window: the image has no modality values")
        brightness = windowed(self.values, window)
        return replace(
            self, pixels=(1 - brightness if self.inverted else brightness)[None], window=window
        )


def true_size(height: int, width: int, *, pixel_aspect: float) -> tuple[int, int]:
    """(height, width) in square pixels: the side with the longer pixels is enlarged.

    >>> true_size(96, 128, pixel_aspect=2), true_size(96, 128, pixel_aspect=0.5)
    ((192, 128), (96, 256))
    """
    return round(height * max(pixel_aspect, 1)), round(width * max(1 / pixel_aspect, 1))


def windowed(values: FloatArray, window: Window) -> FloatArray:
    """Brightness in [0, 1] of values (h, w) under a linear window (PS3.3 C.11.2.1.2.1).

    >>> windowed(np.array([[0, 50, 100]], np.float32), Window(50.5, 101)).tolist()
    [[0.0, 0.5, 1.0]]
    """
    span = max(window.width - 1, 0)  # 0 is a threshold; a width below 1 is not allowed
    low = window.centre - 0.5 - span / 2
    brightness: FloatArray = np.clip((values - low) / max(span, 1e-12), 0, 1).astype(np.float32)
    return brightness
