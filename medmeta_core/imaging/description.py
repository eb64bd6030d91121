"""`Description`: what is known of a frame besides its pixels, in a form that survives JSON."""

import math
from dataclasses import dataclass, fields, replace
from typing import Any

from medmeta_core.imaging.image import MedicalImage, Window

LARGEST_ASPECT = 20.0
"""Pixels that are further from square than this are taken for a mistake in the file."""
SQUARE_WITHIN = 0.005
"""Spacings are written with few digits: nearer to square than this is square."""


@dataclass(frozen=True)
class Description:
    """The fields that a decoded frame, a stored image and a `MedicalImage` share."""

    modality: str = "OT"
    spacing_mm: tuple[float, float] | None = None
    pixel_aspect: float = 1.0
    window: Window | None = None
    units: str = ""
    inverted: bool = False
    frame: int = 0
    n_frames: int = 1
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, image: MedicalImage) -> "Description":
        """What an image says besides its pixels."""
        return cls(**{field.name: getattr(image, field.name) for field in fields(cls)})

    def with_window(self, window: Window) -> "Description":
        """The same, seen through `window`."""
        return replace(self, window=window)

    def with_note(self, note: str) -> "Description":
        """The same with one more note, each once."""
        return self if note in self.notes else replace(self, notes=(*self.notes, note))

    def as_fields(self) -> dict[str, Any]:
        """The same fields by name, for a `MedicalImage`."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def to_json(self) -> dict[str, Any]:
        """Plain lists, numbers and texts."""
        return {
            "modality": self.modality,
            "spacing_mm": None if self.spacing_mm is None else list(self.spacing_mm),
            "pixel_aspect": self.pixel_aspect,
            "window": None if self.window is None else [self.window.centre, self.window.width],
            "units": self.units,
            "inverted": self.inverted,
            "frame": self.frame,
            "n_frames": self.n_frames,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Description":
        """What `to_json` wrote; each field is checked, for the writer may be compromised.

        Raises:
            ValueError, TypeError, KeyError: it was not written by `to_json`.
        """
        window = _pair(content["window"])
        spacing = _pair(content["spacing_mm"])
        return cls(
            modality=_text(content["modality"]),
            spacing_mm=spacing,
            pixel_aspect=_aspect(content.get("pixel_aspect"), spacing),
            window=None if window is None else Window(*window),
            units=_text(content["units"]),
            inverted=content["inverted"] is True,
            frame=_count(content["frame"]),
            n_frames=_count(content["n_frames"]),
            notes=tuple(_text(note) for note in content["notes"][:32]),
        )


def plausible_aspect(aspect: float) -> float:
    """The same height of a pixel over its width, or 1 where it is nearly that or cannot be.

    >>> plausible_aspect(2.0), plausible_aspect(1.001), plausible_aspect(1e6)
    (2.0, 1.0, 1.0)
    """
    is_square = abs(aspect - 1) < SQUARE_WITHIN
    return 1.0 if is_square or not is_plausible_aspect(aspect) else aspect


def is_plausible_aspect(aspect: float) -> bool:
    """Whether a pixel can be so much higher than wide."""
    return 1 / LARGEST_ASPECT <= aspect <= LARGEST_ASPECT


def _aspect(value: Any, spacing: tuple[float, float] | None) -> float:
    """As stated; in forms written before it was, as the spacing says."""
    if value is not None:
        return plausible_aspect(float(value))
    return plausible_aspect(spacing[0] / spacing[1]) if spacing and min(spacing) > 0 else 1.0


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 64:
        raise ValueError("expected a short text")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < 2**31:
        raise ValueError("expected a count")
    return value


def _pair(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    first, second = (float(number) for number in value)
    if not (math.isfinite(first) and math.isfinite(second)):
        raise ValueError("expected two finite numbers")
    return first, second
